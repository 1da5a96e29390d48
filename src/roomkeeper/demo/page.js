// Two small Matrix clients on one page, each with its own session: sync, send, typing. Nothing but fetch.

const V3 = "/_matrix/client/v3";
const TYPING_MS = 8000;
const RETRY_MS = 2000;

class Session {
  constructor(person, roomId) {
    this.token = person.token;
    this.userId = person.user_id;
    this.roomId = roomId;
    this.sent = 0;
  }

  async call(method, path, body) {
    const response = await fetch(V3 + path, {
      method,
      headers: { Authorization: `Bearer ${this.token}` },
      body: body && JSON.stringify(body),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.error);
    return answer;
  }

  room(path) {
    return `/rooms/${encodeURIComponent(this.roomId)}/${path}`;
  }

  send(text) {
    this.sent += 1;
    const transaction = `page-${performance.timeOrigin}-${this.sent}`;
    return this.call("PUT", this.room(`send/m.room.message/${transaction}`), { msgtype: "m.text", body: text });
  }

  typing(isTyping) {
    const body = isTyping ? { typing: true, timeout: TYPING_MS } : { typing: false };
    return this.call("PUT", this.room(`typing/${encodeURIComponent(this.userId)}`), body);
  }

  async *updates(onState) {
    let since = "";
    for (;;) {
      try {
        const answer = await this.call("GET", `/sync?timeout=30000${since && `&since=${since}`}`);
        since = answer.next_batch;
        onState("connected");
        yield answer.rooms?.join?.[this.roomId];
      } catch {
        onState("no connection, trying again …");
        await new Promise((done) => setTimeout(done, RETRY_MS));
      }
    }
  }
}

class Panel {
  constructor(person, session) {
    const template = document.getElementById("person").content.cloneNode(true);
    this.root = template.querySelector(".person");
    this.session = session;
    this.names = new Map();
    this.shown = new Set();
    this.list = this.root.querySelector(".timeline");
    this.typingLine = this.root.querySelector(".typing");
    this.state = this.root.querySelector(".state");
    this.root.querySelector("h2").textContent = person.name;
    this.form = this.root.querySelector("form");
    this.input = this.root.querySelector("input");
    this.input.setAttribute("aria-label", `Message of ${person.name}`);
    this.form.addEventListener("submit", (event) => this.submit(event));
    this.input.addEventListener("input", () => this.noteTyping());
    document.getElementById("people").append(this.root);
  }

  async run() {
    for await (const room of this.session.updates((text) => (this.state.textContent = text))) {
      if (!room) continue;
      const state = room.state?.events ?? [];
      const timeline = room.timeline?.events ?? [];
      for (const event of [...state, ...timeline]) this.learn(event);
      for (const event of timeline) this.show(event);
      for (const event of room.ephemeral?.events ?? []) if (event.type === "m.typing") this.showTyping(event);
    }
  }

  learn(event) {
    if (event.type === "m.room.member") this.names.set(event.state_key, event.content.displayname ?? event.state_key);
  }

  show(event) {
    if (this.shown.has(event.event_id)) return;
    this.shown.add(event.event_id);
    if (event.type === "m.room.message") {
      this.add(event.content.body ?? "(removed)", event.sender === this.session.userId, new Date(event.origin_server_ts));
    } else if (event.type === "m.room.member" && event.content.membership === "join") {
      if (event.unsigned?.prev_content?.membership === "join") return;
      this.notice(`${this.names.get(event.state_key)} joined`);
    }
  }

  add(text, isOwn, when) {
    const item = document.createElement("li");
    item.className = isOwn ? "message own" : "message";
    const body = document.createElement("p");
    body.textContent = text;
    const time = document.createElement("time");
    time.textContent = when.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    time.title = when.toLocaleString();
    item.append(body, time);
    this.append(item);
    return item;
  }

  notice(text) {
    const item = document.createElement("li");
    item.className = "notice";
    item.textContent = text;
    this.append(item);
  }

  append(item) {
    this.list.append(item);
    this.list.scrollTop = this.list.scrollHeight;
  }

  showTyping(event) {
    const others = event.content.user_ids.filter((user) => user !== this.session.userId);
    this.typingLine.textContent = others.length ? `${this.names.get(others[0]) ?? others[0]} is writing …` : "";
  }

  noteTyping() {
    const now = Date.now();
    if (now - (this.typedAt ?? 0) < TYPING_MS / 2) return;
    this.typedAt = now;
    this.session.typing(true).catch(() => {});
  }

  async submit(event) {
    event.preventDefault();
    const text = this.input.value.trim();
    if (!text) return;
    this.input.value = "";
    this.typedAt = 0;
    this.session.typing(false).catch(() => {});
    try {
      await this.session.send(text);
    } catch (error) {
      const item = this.add(text, true, new Date());
      item.classList.add("failed");
      item.querySelector("time").textContent = `not sent: ${error.message}`;
    }
  }
}

async function start() {
  const response = await fetch("/demo/sessions");
  if (!response.ok) {
    setTimeout(start, RETRY_MS / 4);
    return;
  }
  const { room_id: roomId, people } = await response.json();
  for (const person of people) new Panel(person, new Session(person, roomId)).run();
}

start();
