import { Initials } from "../../parts/Initials";

/** Somebody in a cell of a table. */
export function Who({ name, id }: { name: string; id?: string }) {
  return (
    <span className="who-cell">
      <Initials name={name} size={28} />
      <span><span className="who-cell-name">{name}</span>{id && <small className="soft break">{id}</small>}</span>
    </span>
  );
}
