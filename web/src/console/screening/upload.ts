import { request } from "../../api";

/** The id of a file that was uploaded to this server; nobody is shown it. */
export async function uploaded(file: File): Promise<string> {
  return (await contentUri(file)).split("/").at(-1) ?? "";
}

export async function contentUri(file: File): Promise<string> {
  const answer = await request("POST", "/_matrix/media/v3/upload", { query: { filename: file.name }, body: file });
  return ((await answer.json()) as { content_uri: string }).content_uri;
}
