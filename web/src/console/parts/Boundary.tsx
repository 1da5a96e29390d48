import { Component, type ReactNode } from "react";
import { Broken } from "./Broken";

/** A page that breaks, or cannot be loaded, takes nothing else with it. */
export class Boundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state: { error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error };
  }

  override render(): ReactNode {
    if (this.state.error === null) return this.props.children;
    // What is loaded by parts may have been replaced by a newer build: only the whole page has that.
    return <Broken error={this.state.error} onRetry={() => window.location.reload()} />;
  }
}
