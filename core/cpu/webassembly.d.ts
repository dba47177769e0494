/** The part of the WebAssembly JavaScript interface that core uses: ES libraries do not declare it, and core takes neither DOM nor Node types. */
declare global {
  namespace WebAssembly {
    class Module {
      constructor(bytes: Uint8Array | ArrayBuffer);
    }
    function validate(bytes: Uint8Array): boolean;
    class Memory {
      constructor(descriptor: { initial: number; maximum: number });
      readonly buffer: ArrayBuffer;
    }
    class Table {
      readonly length: number;
      grow(count: number): number;
      get(index: number): unknown;
      set(index: number, value: unknown): void;
    }
    class Instance {
      constructor(module: Module, imports: Record<string, Record<string, unknown>>);
      readonly exports: Record<string, unknown>;
    }
  }
}

export {};
