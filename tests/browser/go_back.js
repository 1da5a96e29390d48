// Scrolls up through a conversation of numbered messages until its start is seen, as somebody with a wheel does, and
// notes what stood in the page on the way. Gives up where nothing new comes for 30 s.
async (count) => {
  const scroller = document.querySelector("[data-virtuoso-scroller]");
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const seen = new Set();
  const broken = [];
  const longTasks = [];
  let steps = 0, mostRows = 0, frames = 0, slowFrames = 0, last = performance.now(), news = last;
  const begun = last;
  new PerformanceObserver((list) => longTasks.push(...list.getEntries().map((entry) => entry.duration))).observe({ type: "longtask" });
  const numbers = () => [...scroller.querySelectorAll(".message .bubble")].map((one) => Number(/line (\d+)/.exec(one.textContent)?.[1]));
  for (;;) {
    scroller.dispatchEvent(new WheelEvent("wheel", { deltaY: -500, bubbles: true }));
    scroller.scrollTop -= 500;
    for (let each = 0; each < 2; each += 1) {
      await frame();
      const now = performance.now();
      frames += 1;
      if (now - last > 50) slowFrames += 1;
      last = now;
    }
    steps += 1;
    const rows = numbers();
    mostRows = Math.max(mostRows, rows.length);
    rows.forEach((number, index) => {
      if (index > 0 && number !== rows[index - 1] + 1 && broken.length < 20) broken.push([rows[index - 1], number]);
      if (!seen.has(number)) news = last;
      seen.add(number);
    });
    if (seen.has(0) && scroller.scrollTop < 5) break;
    if (performance.now() - news > 30_000) break;
  }
  const missing = Array.from({ length: count }, (_, number) => number).filter((number) => !seen.has(number)).slice(0, 20);
  return { steps, mostRows, frames, slowFrames, longTasks, broken, missing, seconds: (performance.now() - begun) / 1000 };
}
