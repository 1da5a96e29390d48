import { Skeleton } from "@mantine/core";
import { useTranslation } from "react-i18next";

const ROWS = [1, 2, 3, 4, 5, 6, 7, 8];

export function PageSkeleton() {
  const { t } = useTranslation();
  return (
    <div className="console-page" aria-busy="true">
      <span className="visually-hidden" role="status">{t("loading")}</span>
      <Skeleton h={32} w={180} />
      <RowsSkeleton />
    </div>
  );
}

/** A table that is on its way. */
export function RowsSkeleton() {
  return <div className="rows-skeleton">{ROWS.map((row) => <Skeleton key={row} h={40} />)}</div>;
}
