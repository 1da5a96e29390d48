import { Group, Title } from "@mantine/core";
import type { ReactNode } from "react";

type Props = { title: string; text?: string; actions?: ReactNode; children: ReactNode };

/** A page: its name, what one can do there, and what it shows. */
export function PageBody({ title, text, actions, children }: Props) {
  return (
    <div className="console-page">
      <div className="console-title">
        <div>
          <Title order={1} fz="xl">{title}</Title>
          {text && <p>{text}</p>}
        </div>
        {actions && <Group gap="sm">{actions}</Group>}
      </div>
      {children}
    </div>
  );
}
