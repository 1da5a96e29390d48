import { Badge, Button, Group, Stack, Table, Text, Title } from "@mantine/core";
import { IconEdit, IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { exact } from "../../../times";
import { useLoad } from "../../load";
import { may, useMe } from "../../me";
import { Broken } from "../../parts/Broken";
import { RowsSkeleton } from "../../parts/PageSkeleton";
import { hrefOf, useRoute } from "../../route";
import type { Kind, PlanVersion, ShownKind } from "../types";
import { said, useKinds } from "../useKinds";
import { PlanEditor } from "./PlanEditor";
import { Problems } from "./Problems";
import { template } from "./template";

/** The kinds of trouble; the points of one, in order; changing it. */
export default function PlansView() {
  const { t } = useTranslation();
  const me = useMe();
  const kinds = useKinds();
  const asked = useRoute().query.get("kind");
  const [edited, setEdited] = useState<Kind | null>(null);
  if (kinds.value === undefined) return kinds.error === null ? <div aria-busy="true"><RowsSkeleton /></div> : <Broken error={kinds.error} onRetry={kinds.reload} />;
  const shown = kinds.value.find((one) => one.plan.kind === asked) ?? kinds.value[0];
  const isEditor = may(me, "repair.plan");
  return (
    <div className="plan-layout">
      <nav className="plan-list" aria-label={t("repairDesk.plan.kinds")}>
        {kinds.value.map((one) => (
          <a key={one.plan.kind} href={hrefOf("repair", null, { view: "plans", kind: one.plan.kind })} aria-current={one === shown || undefined}>
            {said(one.plan.title)}<small>{one.plan.kind} · {t("repairDesk.plan.version", { version: one.plan.version })}</small>
          </a>
        ))}
        {isEditor && <Button variant="default" h={44} mt="sm" leftSection={<IconPlus size={18} />} onClick={() => setEdited(template())}>{t("repairDesk.plan.teach")}</Button>}
      </nav>
      {shown !== undefined && <Shown key={`${shown.plan.kind} ${shown.plan.version}`} shown={shown} onEdit={isEditor ? () => setEdited(shown.plan) : null} />}
      {edited !== null && <PlanEditor plan={edited} isNew={edited.points.length === 2 && edited.kind === template().kind} onClose={() => setEdited(null)} onSaved={() => { setEdited(null); kinds.reload(); }} />}
    </div>
  );
}

function Shown({ shown: { plan, edited, problems }, onEdit }: { shown: ShownKind; onEdit: (() => void) | null }) {
  const { t } = useTranslation();
  const points = [...plan.points].sort((one, other) => one.order - other.order);
  return (
    <Stack component="section" aria-label={said(plan.title)}>
      <Group justify="space-between" align="flex-start">
        <div><Title order={2} fz="lg">{said(plan.title)}</Title><Text fz="sm" c="dimmed">{said(plan.description)}</Text></div>
        {onEdit !== null && <Button variant="default" h={44} leftSection={<IconEdit size={18} />} onClick={onEdit}>{t("repairDesk.plan.edit")}</Button>}
      </Group>
      <Text fz="sm">{t("repairDesk.plan.correlation")} <code>{plan.correlation ?? "correlation_id"}</code> · {t("repairDesk.plan.window", { hours: plan.window_hours ?? 24 })} · {t(edited ? "repairDesk.plan.edited" : "repairDesk.plan.shipped")}</Text>
      <Problems problems={problems} />
      <div className="plan-points" tabIndex={0} role="region" aria-label={t("repairDesk.plan.points")}>
        <Table>
          <Table.Thead><Table.Tr><Table.Th>{t("repairDesk.plan.order")}</Table.Th><Table.Th>{t("repairDesk.plan.point")}</Table.Th><Table.Th>{t("repairDesk.plan.side")}</Table.Th><Table.Th>{t("repairDesk.plan.properties")}</Table.Th><Table.Th>{t("repairDesk.plan.pair")}</Table.Th></Table.Tr></Table.Thead>
          <Table.Tbody>
            {points.map((point) => (
              <Table.Tr key={point.name}>
                <Table.Td>{point.order}</Table.Td>
                <Table.Td>{said(point.title)} {point.failure && <Badge color="red" variant="light">{t("repairDesk.plan.failure")}</Badge>} {point.optional && <Badge color="gray" variant="light">{t("repairDesk.plan.optional")}</Badge>}<Text fz="xs" c="dimmed" component="div"><code>{point.name}</code></Text></Table.Td>
                <Table.Td>{t(`repairDesk.side.${point.side}`)}</Table.Td>
                <Table.Td><Text fz="xs" component="code">{Object.keys((point.schema as { properties?: object }).properties ?? {}).join(", ") || "–"}</Text></Table.Td>
                <Table.Td><Text fz="xs" component="code">{point.pair ? `${point.pair}${point.compare?.length ? ` (${point.compare.join(", ")})` : ""}` : "–"}</Text></Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      <Versions kind={plan.kind} />
    </Stack>
  );
}

function Versions({ kind }: { kind: string }) {
  const { t } = useTranslation();
  const { value } = useLoad(async (signal) => (await call<{ versions: PlanVersion[] }>("GET", `/repair/plans/${encodeURIComponent(kind)}/versions`, { query: { limit: 20 }, signal })).versions, [kind]);
  if (!value?.length) return null;
  return (
    <div>
      <Title order={3} fz="md">{t("repairDesk.plan.versions")}</Title>
      <ul className="findings">{value.map((one) => <li key={one.version}><strong>{t("repairDesk.plan.version", { version: one.version })}</strong> · {one.reason}<small>{exact(one.ts)} · {one.author}</small></li>)}</ul>
    </div>
  );
}
