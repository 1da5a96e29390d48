import { Button, Group, Text } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { changeQuery, useRoute } from "../route";

type Props = { next: string | null; total: number | undefined; count: number; trail: readonly string[]; onTrail: (trail: readonly string[]) => void };

/** On and back. The server knows pages by where they begin, so the way back is what one has come along. */
export function Pager({ next, total, count, trail, onTrail }: Props) {
  const { t } = useTranslation();
  const from = useRoute().query.get("from") ?? "";
  const forward = (): void => {
    onTrail([...trail, from]);
    changeQuery({ from: next });
  };
  const back = (): void => {
    changeQuery({ from: trail.at(-1) ?? null });
    onTrail(trail.slice(0, -1));
  };
  return (
    <Group gap="sm" justify="flex-end" role="navigation" aria-label={t("console.table.pages")}>
      <Text fz="sm" c="dimmed" mr="auto">{total === undefined ? t("console.table.here", { count }) : t("console.table.total", { count: total })}</Text>
      <Button variant="default" h={44} disabled={from === ""} leftSection={<IconChevronLeft size={18} />} onClick={back}>
        {t(trail.length > 0 ? "console.table.back" : "console.table.first")}
      </Button>
      <Button variant="default" h={44} disabled={next === null} rightSection={<IconChevronRight size={18} />} onClick={forward}>{t("console.table.on")}</Button>
    </Group>
  );
}
