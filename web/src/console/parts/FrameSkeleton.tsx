import { Skeleton } from "@mantine/core";
import { PageSkeleton } from "./PageSkeleton";

const ENTRIES = [1, 2, 3, 4, 5, 6];

/** The frame before it is known who is here. */
export function FrameSkeleton() {
  return (
    <div className="console">
      <header className="console-head"><span className="console-brand">Roomkeeper</span></header>
      <nav className="console-rail" aria-hidden>{ENTRIES.map((entry) => <Skeleton key={entry} h={20} my={24} mx={16} w="auto" />)}</nav>
      <main className="console-main"><PageSkeleton /></main>
    </div>
  );
}
