import { useRowKeys } from "./keys";
import type { RowsProps } from "./Rows";

/** The rows as cards, for narrow screens. */
export function Cards<Row>({ rows, columns, keyOf, label, place }: RowsProps<Row>) {
  const keys = useRowKeys<HTMLUListElement>();
  const [first, ...others] = columns.filter((column) => !column.isActions);
  const actions = columns.filter((column) => column.isActions);
  return (
    <ul className="cards" aria-label={label} ref={keys.ref} onKeyDown={keys.onKeyDown}>
      {rows.map((row) => {
        const key = keyOf(row);
        return (
          <li key={key} data-key={key}>
            <a className="card" data-row href={place.href(key)} data-open={key === place.open || undefined}>
              <span className="card-title">{first?.cell(row)}</span>
              {others.filter((column) => column.text(row) !== "").map((column) => (
                <span key={column.id} className="card-line"><span className="card-label">{column.label}</span><span className="card-value">{column.cell(row)}</span></span>
              ))}
            </a>
            {actions.map((column) => <div key={column.id} className="card-actions">{column.cell(row)}</div>)}
          </li>
        );
      })}
    </ul>
  );
}
