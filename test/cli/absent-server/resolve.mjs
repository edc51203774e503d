export async function resolve(specifier, context, next) {
  try {
    return await next(specifier, context);
  } catch (error) {
    if (!specifier.endsWith("/server/index.js")) throw error;
    return { url: new URL("handler.mjs", import.meta.url).href, shortCircuit: true };
  }
}
