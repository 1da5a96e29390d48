import { hrefOf, useRoute } from "../route";
import { useRowKeys } from "./keys";
import type { RowsProps } from "./Rows";

/** The rows as cards, for narrow screens. */
export function Cards<Row>({ rows, columns, keyOf, label, openKey }: RowsProps<Row>) {
  const { page, query } = useRoute();
  const keys = useRowKeys<HTMLUListElement>();
  const [first, ...others] = columns;
  return (
    <ul className="cards" aria-label={label} ref={keys.ref} onKeyDown={keys.onKeyDown}>
      {rows.map((row) => {
        const key = keyOf(row);
        return (
          <li key={key}>
            <a className="card" data-row href={hrefOf(page, key, query)} data-open={key === openKey || undefined}>
              <span className="card-title">{first?.cell(row)}</span>
              {others.filter((column) => column.text(row) !== "").map((column) => (
                <span key={column.id} className="card-line"><span className="card-label">{column.label}</span><span>{column.cell(row)}</span></span>
              ))}
            </a>
          </li>
        );
      })}
    </ul>
  );
}
