/** The display structure of a message. The types below are known; a part with any other `type` is kept untouched. */
export type MessagePart =
  | TextPart
  | ReasoningPart
  | ToolCallPart
  | ToolResultPart
  | SourcePart
  | FilePart
  | ImagePart
  | CodePart
  | OpenPart;

export interface TextPart {
  readonly type: "text";
  readonly text: string;
}

export interface ReasoningPart {
  readonly type: "reasoning";
  readonly text: string;
}

/** A call of a tool. `toolCallId` need not be unique, not even inside a thread: models repeat them. */
export interface ToolCallPart {
  readonly type: "tool-call";
  readonly toolCallId: string;
  readonly toolName: string;
  readonly args: unknown;
}

export interface ToolResultPart {
  readonly type: "tool-result";
  readonly toolCallId: string;
  readonly toolName: string;
  readonly result: unknown;
  readonly isError?: boolean;
}

export interface SourcePart {
  readonly type: "source";
  readonly sourceId: string;
  readonly url?: string;
  readonly title?: string;
}

export interface FilePart {
  readonly type: "file";
  readonly fileId: string;
  readonly filename: string;
  readonly mimeType: string;
  readonly sizeBytes: number;
}

export interface ImagePart {
  readonly type: "image";
  readonly imageId: string;
  readonly url?: string;
  readonly altText?: string;
}

export interface CodePart {
  readonly type: "code";
  readonly code: string;
  readonly language?: string;
}

/** Any other part: its fields are yours. */
export interface OpenPart {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** What a caller may pass as a part: interfaces with a `type` included. */
export type MessagePartInput = MessagePart | { readonly type: string };
