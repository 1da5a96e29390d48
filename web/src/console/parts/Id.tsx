import { Fragment } from "react";

/** An id, or a list of them: its line ends where a part ends, and inside one only where that is longer than a line. */
export function Id({ text }: { text: string }) {
  return <span className="wrap">{text.split(/(?<=[:/,;=&?])/).map((part, at) => <Fragment key={at}>{at > 0 && <wbr />}{part}</Fragment>)}</span>;
}
