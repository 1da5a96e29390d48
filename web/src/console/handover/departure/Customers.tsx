import { Drawer } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { pathOf, useDepartments } from "../../departments";
import { namesOf } from "../../names";
import { PersonPicker } from "../../parts/PersonPicker";
import { changeQuery, hrefOf, useRoute } from "../../route";
import { DataTable } from "../../table/DataTable";
import { SelectFilter } from "../../table/Filters";
import type { Load } from "../../table/types";
import { type Offer, STATUSES } from "../types";
import { type NamedOffer, useOfferColumns } from "./columns";
import { CustomerDetail } from "./CustomerDetail";
import type { NamedReport } from "./DeparturePage";
import { ExportCustomers } from "./ExportCustomers";

/** The customers of a departure, and what became of each. `isUnanswered`: those alone who had no answer. */
export function Customers({ report, version, isUnanswered = false }: { report: NamedReport; version: number; isUnanswered?: boolean }) {
  const { t } = useTranslation();
  const { query } = useRoute();
  const { departments } = useDepartments();
  const [shown, setShown] = useState<readonly NamedOffer[]>([]);
  const { departure } = report;
  const load: Load<NamedOffer> = async ({ from, limit, signal }) => {
    const filters = { status: query.get("status"), successor: query.get("successor"), unanswered: isUnanswered || query.get("unanswered") === "true" ? true : null };
    const path = `/departures/${encodeURIComponent(departure.departure_id)}/customers`;
    const answer = await call<{ customers: Offer[]; next_batch?: string }>("GET", path, { query: { ...filters, from, limit }, signal });
    const name = await namesOf(answer.customers.flatMap((one) => [one.customer_id, one.successor_id]), signal);
    const successor = (one: Offer): string => (one.successor_id ? name(one.successor_id) : one.department_id ? t("handover.queueOf", { department: pathOf(departments, one.department_id) }) : "");
    const rows = answer.customers.map((one) => ({ ...one, customer: name(one.customer_id), successor: successor(one), leaver: report.name, kind: departure.kind }));
    setShown(rows);
    return { rows, next: answer.next_batch ?? null };
  };
  const open = query.get("customer");
  const close = (): void => changeQuery({ customer: null });
  const offer = shown.find((one) => one.room_id === open);
  const isPlanned = departure.state === "planned" || departure.state === "cancelled";
  return (
    <>
      <DataTable
        key={departments.length} name={isUnanswered ? "open-promises" : "customers"} label={t(`handover.view.${isUnanswered ? "promises" : "customers"}`, { count: report.unanswered })}
        columns={useOfferColumns()} keyOf={(one) => one.room_id} load={load} version={version}
        {...(isUnanswered ? {} : { exportWith: <ExportCustomers departureId={departure.departure_id} /> })}
        place={{ href: (key) => hrefOf("handover", departure.departure_id, withCustomer(query, key)), open }}
        empty={{ title: t(`handover.none.${isUnanswered ? "promises" : isPlanned ? "planned" : "customers"}`), text: t(`handover.none.${isUnanswered ? "promisesText" : isPlanned ? "plannedText" : "customersText"}`, { name: report.name }) }}
        filters={
          <>
            <SelectFilter name="status" label={t("handover.column.status")} options={STATUSES.map((value) => ({ value, label: t(`handover.status.${value}`) }))} />
            <PersonPicker isFilter takesDeparted label={t("handover.column.successor")} kind="staff" value={query.get("successor")} onChange={(successor) => changeQuery({ successor, from: null })} />
            {!isUnanswered && <SelectFilter name="unanswered" label={t("handover.column.unanswered")} options={[{ value: "true", label: t("handover.onlyUnanswered") }]} />}
          </>
        }
      />
      <Drawer opened={offer !== undefined} onClose={close} position="right" size={520} title={offer?.customer ?? ""} closeButtonProps={{ "aria-label": t("close"), size: 44 }}>
        {offer && <CustomerDetail offer={offer} />}
      </Drawer>
    </>
  );
}

function withCustomer(query: URLSearchParams, key: string): URLSearchParams {
  const next = new URLSearchParams(query);
  next.set("customer", key);
  return next;
}
