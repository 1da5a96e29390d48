import { IconHierarchy2 } from "@tabler/icons-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { pathOf } from "../departments";
import { hrefOf } from "../route";
import { useRowKeys } from "../table/keys";
import type { Department } from "../types";

type Props = { departments: readonly Department[]; shown: readonly Department[] | null; openId: string | null };

/** The departments as they lie under one another; those that a search finds, with their paths. */
export function Tree({ departments, shown, openId }: Props) {
  const { t } = useTranslation();
  const keys = useRowKeys<HTMLDivElement>();
  const under = useMemo(() => childrenOf(departments), [departments]);
  return (
    <div className="table-scroll tree" ref={keys.ref} onKeyDown={keys.onKeyDown}>
      {shown === null ? (
        <Branch ids={null} under={under} openId={openId} label={t("console.pages.departments")} />
      ) : (
        <ul aria-label={t("console.pages.departments")}>
          {shown.map((one) => <li key={one.department_id}><Leaf id={one.department_id} name={pathOf(departments, one.department_id)} openId={openId} /></li>)}
        </ul>
      )}
    </div>
  );
}

type Children = ReadonlyMap<string | null, readonly Department[]>;

function childrenOf(departments: readonly Department[]): Children {
  const found = new Map<string | null, Department[]>();
  for (const one of [...departments].sort((a, b) => a.name.localeCompare(b.name))) {
    found.set(one.parent_id, [...(found.get(one.parent_id) ?? []), one]);
  }
  return found;
}

function Branch({ ids, under, openId, label }: { ids: string | null; under: Children; openId: string | null; label?: string }) {
  return (
    <ul aria-label={label}>
      {(under.get(ids) ?? []).map((one) => (
        <li key={one.department_id}>
          <Leaf id={one.department_id} name={one.name} openId={openId} />
          {under.has(one.department_id) && <Branch ids={one.department_id} under={under} openId={openId} />}
        </li>
      ))}
    </ul>
  );
}

function Leaf({ id, name, openId }: { id: string; name: string; openId: string | null }) {
  return (
    <a data-row className="leaf" href={hrefOf("departments", id)} aria-current={id === openId ? "true" : undefined}>
      <IconHierarchy2 size={18} aria-hidden />
      {name}
    </a>
  );
}
