import { Fragment, type ReactNode } from "react";
import { hrefOf } from "../hooks";
import { linkOf } from "../links";
import { useShowProfile } from "../parts/profiles";

/** Elements that are shown of what others send as HTML; all else is its text alone. spec: §m.room.message msgtypes */
const PLAIN: ReadonlySet<string> = new Set([
  "b", "strong", "i", "em", "u", "s", "del", "code", "pre", "p", "br", "ul", "ol", "li", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6",
  "hr", "sub", "sup", "table", "thead", "tbody", "tr", "th", "td", "caption", "details", "summary",
]);
const DROPPED: ReadonlySet<string> = new Set(["mx-reply", "script", "style", "title", "template"]);
const DEEPEST = 50;
const LINK = /\bhttps?:\/\/[^\s<>"]+[^\s<>"'.,;:!?)\]]/g;

/** HTML of a message, made anew from what is allowed of it: nothing of it reaches the page as HTML. */
export function Formatted({ html }: { html: string }) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  return <>{children(parsed.body, 0)}</>;
}

/** Text with its links. */
export function Linked({ text }: { text: string }) {
  const parts: ReactNode[] = [];
  let end = 0;
  for (const found of text.matchAll(LINK)) {
    parts.push(text.slice(end, found.index), <Out key={found.index} href={found[0]}>{found[0]}</Out>);
    end = found.index + found[0].length;
  }
  return <>{parts}{text.slice(end)}</>;
}

function children(node: Node, depth: number): ReactNode[] {
  return depth > DEEPEST ? [] : [...node.childNodes].map((child, index) => <Fragment key={index}>{shown(child, depth + 1)}</Fragment>);
}

function shown(node: Node, depth: number): ReactNode {
  if (node.nodeType === Node.TEXT_NODE) return node.textContent;
  if (!(node instanceof Element)) return null;
  const name = node.localName;
  if (DROPPED.has(name)) return null;
  if (name === "a") return link(node, depth);
  if (!PLAIN.has(name)) return children(node, depth);
  const Name = (/^h[1-6]$/.test(name) ? "strong" : name) as "p";
  return name === "br" || name === "hr" ? <Name /> : <Name>{children(node, depth)}</Name>;
}

function link(node: Element, depth: number): ReactNode {
  const href = node.getAttribute("href") ?? "";
  return /^(https?|mailto|matrix):/i.test(href) ? <Out href={href}>{children(node, depth)}</Out> : children(node, depth);
}

/** A link: to people and rooms of this server inside the page, else out of it. */
function Out({ href, children: content }: { href: string; children: ReactNode }) {
  const show = useShowProfile();
  const link = linkOf(href);
  if (link && "userId" in link) return <button type="button" className="mention" onClick={() => show(link.userId)}>{content}</button>;
  if (link) return <a href={hrefOf(link.place)}>{content}</a>;
  return <a href={href} target="_blank" rel="noreferrer noopener">{content}</a>;
}
