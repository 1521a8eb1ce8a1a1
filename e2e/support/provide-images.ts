import { type EngineKind, engineKind, type TestEngine, TestRegistry } from '@wharf/testkit';
import { libraryLayout, serveLayout } from './library.ts';

/** Gives an engine without a Hub the images of the library, through a registry of the test's own. */
async function loadByRegistry(engine: TestEngine, names: readonly string[]): Promise<void> {
  const registry = await TestRegistry.start();
  for (const name of names) {
    for (const tag of serveLayout(registry, `library/${name}`, await libraryLayout(name))) {
      await engine.docker.ok(['pull', '-q', `${registry.host}/library/${name}:${tag}`]);
      await engine.docker.ok(['tag', `${registry.host}/library/${name}:${tag}`, `${name}:${tag}`]);
      await engine.docker.ok(['rmi', `${registry.host}/library/${name}:${tag}`]);
    }
  }
  await registry.close();
}

/** Makes images of the library usable under their short names. */
export async function provideImages(
  engine: TestEngine,
  names: readonly string[],
  kind: EngineKind = engineKind(),
): Promise<void> {
  for (const name of names) await libraryLayout(name);
  if (kind === 'dockerd') await loadByRegistry(engine, names);
  else for (const name of names) await engine.docker.ok(['pull', '-q', name], { timeout: 60_000 });
}
