import { Alert, Button, Center, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconAlertCircle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

const LINES = [42, 64, 30, 55, 48, 36];

export function TimelineSkeleton() {
  const { t } = useTranslation();
  return (
    <div className="timeline-skeleton" aria-busy="true">
      <span className="visually-hidden" role="status">{t("loading")}</span>
      {LINES.map((width, index) => (
        <Skeleton key={width} h={40} w={`${width}%`} ml={index % 3 === 2 ? "auto" : undefined} />
      ))}
    </div>
  );
}

type EmptyProps = { title: string; text: string; action?: string; onAction?: () => void };

/** Says what will be here, and the one next step. */
export function Empty({ title, text, action, onAction }: EmptyProps) {
  return (
    <Center flex={1} p="xl" mih={160}>
      <Stack align="center" gap="sm" maw={400} ta="center">
        <Title order={2} fz="lg">{title}</Title>
        <Text c="dimmed" fz="sm">{text}</Text>
        {action && <Button variant="light" onClick={onAction}>{action}</Button>}
      </Stack>
    </Center>
  );
}

/** Says what happened, that nothing is lost, and what to do. */
export function Failed({ text, onRetry }: { text: string; onRetry: () => void }) {
  const { t } = useTranslation();
  return (
    <Alert role="alert" color="red" variant="light" icon={<IconAlertCircle />} m="md" title={t("failed.title")}>
      <Stack gap="sm" align="flex-start">
        <Text fz="sm">{text}</Text>
        <Button size="xs" variant="default" onClick={onRetry}>{t("failed.retry")}</Button>
      </Stack>
    </Alert>
  );
}
