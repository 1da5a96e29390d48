import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { useLoad } from "../load";
import { Broken } from "../parts/Broken";
import { RowsSkeleton } from "../parts/PageSkeleton";
import type { Declared } from "./roles";

export function useDeclared() {
  return useLoad((signal) => call<Declared>("GET", "/permissions", { signal }), []);
}

/** What a role permits. */
export function Permits({ role }: { role: string }) {
  const { value, error, reload } = useDeclared();
  if (value === undefined) return error === null ? <RowsSkeleton /> : <Broken error={error} onRetry={reload} />;
  return <PermissionList names={Object.keys(value).filter((name) => value[name]?.roles.includes(role))} declared={value} />;
}

export function PermissionList({ names, declared }: { names: readonly string[]; declared: Declared }) {
  const { t } = useTranslation();
  return (
    <ul className="permissions">
      {names.map((name) => <li key={name}>{t(`console.permission.${name}`, { defaultValue: declared[name]?.description })} <code>{name}</code></li>)}
    </ul>
  );
}
