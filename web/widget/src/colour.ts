/** Colours that can be read: contrasts as WCAG 2.2 reckons them. */

const NEEDED = 4.5;
type Rgb = [number, number, number];

const parse = (hex: string): Rgb => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)) as Rgb;
const format = (rgb: Rgb): string => "#" + rgb.map((part) => Math.round(part).toString(16).padStart(2, "0")).join("");

function luminance(hex: string): number {
  const [red, green, blue] = parse(hex).map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as Rgb;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** From 1 (the same) to 21 (black and white). */
export function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** White or black, whichever can be read on a colour: one of them always can. */
export function onColour(background: string): string {
  return contrast("#ffffff", background) >= NEEDED ? "#ffffff" : "#000000";
}

/** The colour itself, or as much darker or lighter as it must be to be read on a background. */
export function readable(colour: string, background: string): string {
  const towards: Rgb = luminance(background) > 0.18 ? [0, 0, 0] : [255, 255, 255];
  const from = parse(colour);
  for (let share = 0; share < 1; share += 0.05) {
    const mixed = format(from.map((part, index) => part + (towards[index]! - part) * share) as Rgb);
    if (contrast(mixed, background) >= NEEDED) return mixed;
  }
  return format(towards);
}

/** A colour as `#rrggbb`; `fallback` for what is none. */
export function colourOr(value: string | null | undefined, fallback: string): string {
  return value && /^#[0-9a-f]{6}$/i.test(value) ? value : fallback;
}
