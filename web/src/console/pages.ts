/**
 * The pages of the console, in the order of the rail. A capability adds a line here, its words under `console.pages`,
 * and on the server a `ConsolePage` with the same permissions to `app.console_pages`: a test holds both together.
 */
import { IconAddressBook, IconHierarchy2, IconMessages, IconSettings, IconShield, IconUsers } from "@tabler/icons-react";
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
  { id: "people", title: "console.pages.people", icon: IconUsers, permissions: ["people.read"], component: lazy(() => import("./people/PeoplePage")) },
  { id: "departments", title: "console.pages.departments", icon: IconHierarchy2, permissions: ["departments.read"], component: lazy(() => import("./departments/DepartmentsPage")) },
  { id: "roles", title: "console.pages.roles", icon: IconShield, permissions: ["roles.read"], component: lazy(() => import("./roles/RolesPage")) },
  { id: "sessions", title: "console.pages.sessions", icon: IconMessages, permissions: ["sessions.read"], component: lazy(() => import("./sessions/SessionsPage")) },
  { id: "contacts", title: "console.pages.contacts", icon: IconAddressBook, permissions: ["contacts.read"], component: lazy(() => import("./contacts/ContactsPage")) },
  { id: "settings", title: "console.pages.settings", icon: IconSettings, permissions: ["settings.read", "provisioning.read"], component: lazy(() => import("./settings/SettingsPage")) },
];
