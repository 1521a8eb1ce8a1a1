import type { FileTree } from '../support/file-tree.ts';

/** Left by the installation; a container either must not share it or makes its own. */
const LEFTOVERS =
  /^(dev|proc|sys|run|tmp)\/|^var\/cache\/apt\/.*\.(deb|bin)$|^var\/lib\/apt\/lists\/.|^var\/log\/.*\.log$|^var\/cache\/(ldconfig\/aux-cache|debconf\/.*-old)$|^var\/lib\/dpkg\/(.*-old|lock.*|triggers\/Lock)$|^etc\/(machine-id|resolv\.conf|hostname|.*-)$|^var\/lib\/systemd\/|\/__pycache__\/|^debootstrap(\/|$)/;

const SOURCES = `Types: deb
URIs: http://deb.debian.org/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://deb.debian.org/debian-security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`;

/** Settings that make apt and dpkg small and quick where a layer is thrown away or committed as a whole. */
const APT_CONF = `// Packages are not kept after their installation, and neither are apt's binary caches.
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true"; };
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
// Lists stay compressed, and without translations.
Acquire::GzipIndexes "true";
Acquire::Languages "none";
// Packages that are only suggested do not hold others back from removal.
Apt::AutoRemove::SuggestsImportant "false";
`;

/** Makes an installed base system an image: without traces of the installation, with the settings containers want. */
export function settle(files: FileTree): FileTree {
  return files
    .removeWhere((path) => LEFTOVERS.test(path))
    .remove('etc/apt/sources.list')
    .file('etc/apt/sources.list.d/debian.sources', SOURCES)
    .file('etc/apt/apt.conf.d/wharf-container', APT_CONF)
    .file(
      'etc/dpkg/dpkg.cfg.d/wharf-container',
      '# A crash loses the layer anyway: no sync after each file.\nforce-unsafe-io\n',
    )
    .file(
      'usr/sbin/policy-rc.d',
      '#!/bin/sh\n# Installing a service must not start it: a container runs one program.\nexit 101\n',
      {
        mode: 0o755,
      },
    )
    .directory('run/lock', { mode: 0o1777 });
}
