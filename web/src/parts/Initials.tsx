import { Avatar } from "@mantine/core";

/** The initials of somebody, or their picture, where there is one. Their name stands beside: readers of screens skip it. */
export function Initials({ name, src = null, size = 40 }: { name: string; src?: string | null; size?: number }) {
  return <Avatar src={src} name={lettersOf(name)} size={size} radius="xl" alt="" aria-hidden classNames={{ placeholder: "face" }} data-hue={hueOf(name)} />;
}

/** Names end in numbers here ("Front desk 3"); a sigil is no letter. */
function lettersOf(name: string): string {
  return name.replace(/^[@#!]/, "");
}

const HUES = 6;

/** The same name has the same colour everywhere. */
function hueOf(name: string): number {
  let sum = 0;
  for (const sign of name) sum = (sum * 31 + (sign.codePointAt(0) ?? 0)) % 9973;
  return sum % HUES;
}
