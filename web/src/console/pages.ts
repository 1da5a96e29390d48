/**
 * The pages of the console, in the order of the rail. A capability adds a line here, its words under `console.pages`,
 * and on the server a `ConsolePage` with the same permissions to `app.console_pages`: a test holds both together.
 */
import { IconActivityHeartbeat, IconAddressBook, IconHierarchy2, IconLayoutDashboard, IconLifebuoy, IconListSearch, IconMessages, IconNotebook, IconProgress, IconSettings, IconShield, IconShieldCheck, IconUserShare, IconTool, IconUsers } from "@tabler/icons-react";
import { type ComponentType, lazy, type LazyExoticComponent } from "react";

export type ConsolePage = {
  /** Stands in the address. */
  id: string;
  /** Key of the words for its name. */
  title: string;
  icon: ComponentType<{ size?: number; "aria-hidden"?: boolean }>;
  /** One of these is needed. */
  permissions: readonly string[];
  component: LazyExoticComponent<ComponentType>;
};

export const PAGES: readonly ConsolePage[] = [
  { id: "overview", title: "operations.pages.overview", icon: IconLayoutDashboard, permissions: ["overview.read"], component: lazy(() => import("./operations/overview/OverviewPage")) },
  { id: "people", title: "console.pages.people", icon: IconUsers, permissions: ["people.read"], component: lazy(() => import("./people/PeoplePage")) },
  { id: "departments", title: "console.pages.departments", icon: IconHierarchy2, permissions: ["departments.read"], component: lazy(() => import("./departments/DepartmentsPage")) },
  { id: "roles", title: "console.pages.roles", icon: IconShield, permissions: ["roles.read"], component: lazy(() => import("./roles/RolesPage")) },
  { id: "sessions", title: "console.pages.sessions", icon: IconMessages, permissions: ["sessions.read"], component: lazy(() => import("./sessions/SessionsPage")) },
  { id: "contacts", title: "console.pages.contacts", icon: IconAddressBook, permissions: ["contacts.read"], component: lazy(() => import("./contacts/ContactsPage")) },
  { id: "handover", title: "handover.page", icon: IconUserShare, permissions: ["departures.read"], component: lazy(() => import("./handover/HandoverPage")) },
  { id: "screening", title: "screening.page", icon: IconShieldCheck, permissions: ["screening.read"], component: lazy(() => import("./screening/ScreeningPage")) },
  { id: "records", title: "records.page", icon: IconNotebook, permissions: ["records.read", "records.supervise"], component: lazy(() => import("./records/RecordsPage")) },
  { id: "safety", title: "console.pages.safety", icon: IconLifebuoy, permissions: ["safety.events", "safety.organisations", "safety.people", "safety.feeds"], component: lazy(async () => (await import("./safety/page")).load()) },
  { id: "repair", title: "console.pages.repair", icon: IconTool, permissions: ["repair.read", "repair.keys", "repair.reports", "repair.operations"], component: lazy(async () => (await import("./repair/page")).load()) },
  { id: "jobs", title: "operations.pages.jobs", icon: IconProgress, permissions: ["jobs.read"], component: lazy(() => import("./operations/jobs/JobsPage")) },
  { id: "audit", title: "operations.pages.audit", icon: IconListSearch, permissions: ["audit.read"], component: lazy(() => import("./operations/audit/AuditPage")) },
  { id: "health", title: "operations.pages.health", icon: IconActivityHeartbeat, permissions: ["health.read"], component: lazy(() => import("./operations/health/HealthPage")) },
  { id: "settings", title: "console.pages.settings", icon: IconSettings, permissions: ["settings.read", "provisioning.read"], component: lazy(() => import("./settings/SettingsPage")) },
];
