import { Avatar } from "@mantine/core";
import { useMedia } from "../media";

/** A picture of somebody or something, or else their initials. Their name stands beside: readers of screens skip it. */
export function Face({ name, mxc, size = 40 }: { name: string; mxc: string | null | undefined; size?: number }) {
  const media = useMedia(mxc, 96, 96, true);
  const src = mxc && media.state === "ready" ? media.url : null;
  return <Avatar src={src} name={initialsOf(name)} size={size} radius="xl" alt="" aria-hidden classNames={{ placeholder: "face" }} data-hue={hueOf(name)} />;
}

/** Names end in numbers here ("Front desk 3"); a sigil is no letter. */
function initialsOf(name: string): string {
  return name.replace(/^[@#!]/, "");
}

const HUES = 6;

/** The same name has the same colour everywhere. */
function hueOf(name: string): number {
  let sum = 0;
  for (const sign of name) sum = (sum * 31 + (sign.codePointAt(0) ?? 0)) % 9973;
  return sum % HUES;
}
