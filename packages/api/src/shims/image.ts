/** What clients of older API versions expect in answers of the Image tag. */
import type { ImageInspect, ImageSummary } from '@wharf/spec';
import { isBefore } from '../http/versions.ts';

/** One row of GET /images/json for one API version. */
export function legacyImageSummary(image: ImageSummary, version: string): object {
  const { Descriptor, Manifests, ...old } = image;
  const nameless = image.RepoTags.length === 0 && image.RepoDigests.length === 0;
  return {
    ...old,
    ...(isBefore(version, '1.43') && nameless && { RepoTags: ['<none>:<none>'], RepoDigests: ['<none>@<none>'] }),
    ...(isBefore(version, '1.44') && { VirtualSize: image.Size }),
    ...(!isBefore(version, '1.47') && { Manifests }),
    ...(!isBefore(version, '1.48') && { Descriptor }),
    ...(isBefore(version, '1.51') && { Containers: -1 }),
  };
}

/** Members that answers had even when they were empty, until API 1.51. */
const CONFIG_UNTIL_151 = {
  User: '',
  Env: null,
  Cmd: null,
  Volumes: null,
  WorkingDir: '',
  Entrypoint: null,
  OnBuild: null,
  Labels: null,
} as const;

/** The same until API 1.49: an image's configuration was once a container's. */
const CONFIG_UNTIL_149 = {
  Hostname: '',
  Domainname: '',
  AttachStdin: false,
  AttachStdout: false,
  AttachStderr: false,
  Tty: false,
  OpenStdin: false,
  StdinOnce: false,
  Image: '',
  ...CONFIG_UNTIL_151,
} as const;

/** The answer of GET /images/{name}/json for one API version. */
export function legacyImageInspect(image: ImageInspect, version: string): object {
  const { Descriptor, Manifests, Identity, ...old } = image;
  if (!isBefore(version, '1.52')) {
    return { ...old, Descriptor, Manifests, ...(!isBefore(version, '1.53') && { Identity }) };
  }
  const defaults = isBefore(version, '1.50') ? CONFIG_UNTIL_149 : CONFIG_UNTIL_151;
  return {
    Parent: '',
    Comment: '',
    DockerVersion: '',
    Author: '',
    GraphDriver: { Data: null, Name: '' },
    ...old,
    Config: { ...defaults, ...image.Config },
    ...(isBefore(version, '1.44') && { VirtualSize: image.Size }),
    ...(isBefore(version, '1.45') && { Container: '', ContainerConfig: { ...CONFIG_UNTIL_149 } }),
    ...(!isBefore(version, '1.48') && { Descriptor, Manifests }),
  };
}
