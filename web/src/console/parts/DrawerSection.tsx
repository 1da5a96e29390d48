import { Title } from "@mantine/core";
import type { ReactNode } from "react";

/** A part of a drawer, with what can be done in it. */
export function DrawerSection({ title, action, children }: { title: string; action?: ReactNode; children: ReactNode }) {
  return (
    <section className="drawer-section">
      <div className="drawer-section-head"><Title order={3} fz="md">{title}</Title>{action}</div>
      {children}
    </section>
  );
}
