import { useMedia } from "../media";
import { Initials } from "./Initials";

/** A picture of somebody or something, or else their initials. */
export function Face({ name, mxc, size = 40 }: { name: string; mxc: string | null | undefined; size?: number }) {
  const media = useMedia(mxc, 96, 96, true);
  return <Initials name={name} size={size} src={mxc && media.state === "ready" ? media.url : null} />;
}
