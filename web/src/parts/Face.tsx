import { Avatar } from "@mantine/core";
import { useMedia } from "../media";

/** A picture of somebody or something, or else their initials. Their name stands beside: readers of screens skip it. */
export function Face({ name, mxc, size = 40 }: { name: string; mxc: string | null | undefined; size?: number }) {
  const media = useMedia(mxc, 96, 96, true);
  const src = mxc && media.state === "ready" ? media.url : null;
  return <Avatar src={src} name={initialsOf(name)} size={size} radius="xl" color="initials" alt="" aria-hidden autoContrast variant="light" />;
}

/** Names end in numbers here ("Front desk 3"); a sigil is no letter. */
function initialsOf(name: string): string {
  return name.replace(/^[@#!]/, "");
}
