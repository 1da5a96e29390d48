/** The look, as one constructed style sheet: a Content-Security-Policy for styles does not concern it. */

export const STYLE = `
:host { color-scheme: light; }
:host([data-theme="dark"]) { color-scheme: dark; }
* { box-sizing: border-box; }
.root {
  --surface: #ffffff; --raised: #f1f3f5; --line: #ced4da; --text: #1f2328; --dim: #57606a; --danger: #c92a2a;
  font: 14px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif;
  color: var(--text); text-align: start;
}
:host([data-theme="dark"]) .root {
  --surface: #1a1b1e; --raised: #2c2e33; --line: #45484f; --text: #e9ecef; --dim: #adb5bd; --danger: #ff8787;
}
button { font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
svg { width: 24px; height: 24px; fill: none; stroke: currentColor; stroke-width: 1.75; stroke-linecap: round; stroke-linejoin: round; display: block; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
[hidden] { display: none !important; }

.launcher {
  position: fixed; inset-block-end: 20px; inset-inline-end: 20px; width: 56px; height: 56px; border-radius: 28px;
  display: grid; place-items: center; background: var(--accent); color: var(--on-accent);
  box-shadow: 0 4px 16px rgb(0 0 0 / .28); transition: transform .15s;
}
.launcher:hover { transform: scale(1.05); }
.launcher:focus-visible { outline-color: var(--link); outline-offset: 3px; }
.launcher svg { width: 28px; height: 28px; }
.badge {
  position: absolute; inset-block-start: -4px; inset-inline-end: -4px; min-width: 22px; height: 22px; padding: 0 6px;
  border-radius: 11px; background: #c92a2a; color: #ffffff; font-size: 12px; line-height: 22px; font-weight: 600;
  text-align: center; box-shadow: 0 0 0 2px #ffffff;
}
.panel {
  position: fixed; inset-block-end: 88px; inset-inline-end: 20px; width: 380px; height: min(560px, calc(100dvh - 108px));
  display: flex; flex-direction: column; overflow: hidden; background: var(--surface); border: 1px solid var(--line);
  border-radius: 12px; box-shadow: 0 12px 40px rgb(0 0 0 / .28); animation: appear .15s ease-out;
}
@keyframes appear { from { opacity: 0; transform: translateY(8px); } }
header { display: flex; align-items: center; gap: 12px; padding: 8px 8px 8px 16px; background: var(--accent); color: var(--on-accent); }
header > div { flex: 1; min-width: 0; }
h2 { margin: 0; font-size: 16px; line-height: 1.4; font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
header p { margin: 0; font-size: 12px; line-height: 1.4; overflow-wrap: anywhere; }
header p:empty { display: none; }
header :focus-visible { outline-color: var(--on-accent); outline-offset: -4px; }
.icon { width: 44px; height: 44px; flex: none; display: grid; place-items: center; border-radius: 8px; }
.menu { position: absolute; z-index: 1; inset-block-start: 52px; inset-inline-end: 8px; background: var(--surface); color: var(--text); border: 1px solid var(--line); border-radius: 8px; box-shadow: 0 4px 16px rgb(0 0 0 / .28); }
.menu button { min-height: 44px; padding: 0 16px; border-radius: 8px; }
.menu :focus-visible { outline-color: var(--link); outline-offset: -3px; }
.ask { display: flex; flex-wrap: wrap; gap: 8px; padding: 12px 16px; background: var(--raised); border-block-start: 1px solid var(--line); }
.ask p { margin: 0; flex: 1 0 100%; }
.ask button { min-height: 44px; padding: 0 16px; border-radius: 8px; border: 1px solid var(--edge); background: var(--surface); }
.ask .danger { background: #c92a2a; border-color: #c92a2a; color: #ffffff; }
.recording span { flex: 1; }
.recording .change { min-height: 44px; text-decoration: underline; margin-block: -6px; }
.consent b, .handover b { flex: 1 0 100%; }
.handover button:not([hidden]) { flex: 1 1 auto; max-width: 100%; }
.ask .go { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
.notice, .offline { display: flex; gap: 8px; align-items: center; padding: 6px 16px; font-size: 12px; background: var(--raised); color: var(--text); border-block-end: 1px solid var(--line); }
.notice svg, .offline svg { width: 16px; height: 16px; flex: none; }
.log { flex: 1; overflow-y: auto; overflow-anchor: none; overscroll-behavior: contain; padding: 12px 16px; outline-offset: -3px; }
ol { list-style: none; margin: 0; padding: 0; display: flex; flex-direction: column; gap: 8px; }
li { display: flex; flex-direction: column; align-items: flex-start; max-width: 100%; }
li.own { align-items: flex-end; }
.mark, .day { align-self: center; color: var(--dim); font-size: 12px; text-align: center; margin: 4px 0; }
.who { font-size: 12px; color: var(--dim); margin: 4px 4px 2px; }
.bubble { max-width: 85%; padding: 8px 12px; border-radius: 12px; background: var(--raised); overflow-wrap: anywhere; white-space: pre-wrap; }
.own .bubble { background: var(--accent); color: var(--on-accent); }
.bubble a { color: inherit; text-decoration: underline; }
.bubble.removed { font-style: italic; background: none; border: 1px dashed var(--line); color: var(--dim); }
.bubble.picture { padding: 0; overflow: hidden; background: var(--raised); }
.picture button, .picture img { display: block; }
.picture img { max-width: 240px; max-height: 240px; object-fit: contain; }
.picture .blank { display: grid; place-items: center; color: var(--dim); padding: 12px; white-space: normal; text-align: center; }
.bubble.file button { display: flex; gap: 8px; align-items: center; text-align: start; min-height: 28px; }
.bubble.file small { display: block; }
.meta { font-size: 12px; color: var(--dim); margin: 2px 4px 0; }
.meta.error { color: var(--danger); max-width: 85%; }
.meta button { text-decoration: underline; padding: 4px; margin-inline-start: 4px; }
.typing { min-height: 20px; padding: 0 16px; font-size: 12px; color: var(--dim); }
form { border-block-start: 1px solid var(--line); padding: 8px; display: flex; flex-direction: column; gap: 8px; }
.appeal { display: flex; flex-direction: row; align-items: center; gap: 4px; margin-top: 4px; padding: 2px; border: 0; }
.appeal input { flex: 1; min-width: 0; min-height: 44px; padding: 4px 8px; font: inherit; font-size: 16px; color: var(--text); background: var(--surface); border: 1px solid var(--line); border-radius: 8px; }
.row { display: flex; align-items: flex-end; gap: 4px; }
textarea {
  flex: 1; min-width: 0; resize: none; font: inherit; font-size: 16px; line-height: 24px; color: var(--text); background: var(--surface);
  border: 1px solid var(--edge); border-radius: 8px; padding: 9px 12px; height: 44px; max-height: 120px;
}
textarea::placeholder { color: var(--dim); opacity: 1; }
textarea:focus-visible { outline-offset: 0; }
.send { background: var(--accent); color: var(--on-accent); }
.send:disabled { background: var(--raised); color: var(--dim); cursor: default; }
.attachments { display: flex; flex-direction: column; gap: 4px; max-height: 150px; overflow-y: auto; }
.attachment { display: flex; align-items: center; gap: 8px; padding: 4px 4px 4px 8px; border: 1px solid var(--line); border-radius: 8px; }
.attachment > div { flex: 1; min-width: 0; font-size: 12px; }
.attachment b { display: block; font-weight: 500; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.attachment img { width: 40px; height: 40px; border-radius: 4px; object-fit: cover; }
.attachment .error { color: var(--danger); }
progress { width: 100%; height: 6px; display: block; accent-color: var(--link); }
.dragging .log { outline: 2px dashed var(--link); outline-offset: -6px; }
:host { --edge: #868e96; }
@media (max-width: 480px), (max-height: 420px) {
  .panel { inset: 0; width: auto; height: auto; border: 0; border-radius: 0; }
  .root.open .launcher { display: none; }
}
@media (prefers-reduced-motion: reduce) { .panel { animation: none; } .launcher { transition: none; } }
@media (forced-colors: active) { .bubble, .launcher, .panel { border: 1px solid; } }
`;
