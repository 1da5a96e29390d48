import { Tabs } from "@mantine/core";
import { type ComponentType, type LazyExoticComponent, Suspense } from "react";
import { may, useMe } from "../me";
import { go, useRoute } from "../route";
import { RowsSkeleton } from "./PageSkeleton";

/** A view of a page, for who has the permission. */
export type View = { permission: string; component: LazyExoticComponent<ComponentType> };
type Props<Name extends string> = { page: string; views: Readonly<Record<Name, View>>; label: (name: Name) => string };

/** The views of a page as tabs, those that one may see; which one is shown stands in the address. */
export function ViewTabs<Name extends string>({ page, views, label }: Props<Name>) {
  const me = useMe();
  const asked = useRoute().query.get("view");
  const names = (Object.keys(views) as Name[]).filter((one) => may(me, views[one].permission));
  const name = names.find((one) => one === asked) ?? names[0];
  if (name === undefined) return null;
  const Shown = views[name].component;
  return (
    <Tabs value={name} onChange={(value) => go(page, null, { view: value === names[0] ? null : value })} keepMounted={false} className="tabs">
      <Tabs.List className="scroll-tabs">{names.map((one) => <Tabs.Tab key={one} value={one} h={44} ref={one === name ? intoView : null}>{label(one)}</Tabs.Tab>)}</Tabs.List>
      {names.map((one) => (
        <Tabs.Panel key={one} value={one} pt="md" className="tab-panel">
          {one === name && <Suspense fallback={<div aria-busy="true"><RowsSkeleton /></div>}><Shown /></Suspense>}
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}

/** On narrow screens, tabs are scrolled. */
function intoView(tab: HTMLButtonElement | null): void {
  tab?.scrollIntoView({ block: "nearest", inline: "nearest" });
}
