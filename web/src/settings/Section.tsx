import { Paper, Stack, Title } from "@mantine/core";
import type { ReactNode } from "react";

export function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Paper component="section" withBorder p="lg" aria-label={title}>
      <Stack gap="md"><Title order={2} fz="lg">{title}</Title>{children}</Stack>
    </Paper>
  );
}
