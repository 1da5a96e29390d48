/** How many messages wait, on the icon of the tab and of the installed program. */
const SIDE = 64;
const ICON = "/app/icon.svg";

let shown = 0;

export function showUnread(count: number): void {
  if (count === shown) return;
  shown = count;
  const target = navigator as Partial<Pick<Navigator, "setAppBadge" | "clearAppBadge">>;
  void (count > 0 ? target.setAppBadge?.(count) : target.clearAppBadge?.())?.catch(() => {});
  const link = document.querySelector<HTMLLinkElement>("link[rel=icon]");
  if (link === null) return;
  if (count === 0) return void (link.href = ICON);
  const icon = new Image(SIDE, SIDE);
  icon.onload = () => {
    if (count === shown) link.href = drawn(icon, count);
  };
  icon.src = ICON;
}

function drawn(icon: HTMLImageElement, count: number): string {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  const pen = canvas.getContext("2d");
  if (pen === null) return ICON;
  pen.drawImage(icon, 0, 0, SIDE, SIDE);
  pen.fillStyle = "#c92a2a";
  pen.beginPath();
  pen.arc(SIDE - 20, SIDE - 20, 20, 0, 2 * Math.PI);
  pen.fill();
  pen.fillStyle = "#ffffff";
  pen.font = "bold 28px system-ui, sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(count > 9 ? "9+" : String(count), SIDE - 20, SIDE - 19, 34);
  return canvas.toDataURL("image/png");
}
