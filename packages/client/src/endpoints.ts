import {
  containerExport,
  containerGetArchive,
  containerPathStat,
  containerPutArchive,
} from './endpoints/container-archive.ts';
import { containerAttach } from './endpoints/container-attach.ts';
import { containerChanges } from './endpoints/container-changes.ts';
import { containerCommit } from './endpoints/container-commit.ts';
import { containerCreate } from './endpoints/container-create.ts';
import { containerExec } from './endpoints/container-exec.ts';
import { containerInspect, containerInspectRaw } from './endpoints/container-inspect.ts';
import { containerKill } from './endpoints/container-kill.ts';
import { containerList } from './endpoints/container-list.ts';
import { containerLogs } from './endpoints/container-logs.ts';
import { containerPause, containerUnpause } from './endpoints/container-pause.ts';
import { containerRemove } from './endpoints/container-remove.ts';
import { containerRename } from './endpoints/container-rename.ts';
import { containerResize } from './endpoints/container-resize.ts';
import { containerRestart } from './endpoints/container-restart.ts';
import { containerStart } from './endpoints/container-start.ts';
import { containerStats, containerStatsStream } from './endpoints/container-stats.ts';
import { containerStop } from './endpoints/container-stop.ts';
import { containerTop } from './endpoints/container-top.ts';
import { containerUpdate } from './endpoints/container-update.ts';
import { containerWait } from './endpoints/container-wait.ts';
import { containerWhy } from './endpoints/container-why.ts';
import { execInspect } from './endpoints/exec-inspect.ts';
import { execKill, execLeash } from './endpoints/exec-kill.ts';
import { execResize } from './endpoints/exec-resize.ts';
import { execStart, execStartDetached } from './endpoints/exec-start.ts';
import { imageCreate } from './endpoints/image-create.ts';
import { imageHistory } from './endpoints/image-history.ts';
import { imageInspect, imageInspectRaw } from './endpoints/image-inspect.ts';
import { imageList } from './endpoints/image-list.ts';
import { imageRemove } from './endpoints/image-remove.ts';
import { imageTag } from './endpoints/image-tag.ts';
import { buildPrune, containerPrune, imagePrune, networkPrune, volumePrune } from './endpoints/prune.ts';
import { rawGet, rawLines } from './endpoints/raw.ts';
import { systemDf } from './endpoints/system-df.ts';
import { systemEvents } from './endpoints/system-events.ts';
import { systemInfo } from './endpoints/system-info.ts';
import { systemPing } from './endpoints/system-ping.ts';
import { systemVersion } from './endpoints/system-version.ts';
import { volumeCreate, volumeInspect, volumeList, volumeRemove } from './endpoints/volume.ts';

/** Every operation of the API that this client knows; the names follow the API's own operation names. */
export const endpoints = {
  buildPrune,
  containerAttach,
  containerChanges,
  containerCommit,
  containerCreate,
  containerExec,
  containerExport,
  containerGetArchive,
  containerInspect,
  containerInspectRaw,
  containerKill,
  containerList,
  containerLogs,
  containerPathStat,
  containerPause,
  containerPrune,
  containerPutArchive,
  containerRemove,
  containerRename,
  containerResize,
  containerRestart,
  containerStart,
  containerStats,
  containerStatsStream,
  containerStop,
  containerTop,
  containerUnpause,
  containerUpdate,
  containerWait,
  containerWhy,
  execInspect,
  execKill,
  execLeash,
  execResize,
  execStart,
  execStartDetached,
  imageCreate,
  imageHistory,
  imageInspect,
  imageInspectRaw,
  imageList,
  imagePrune,
  imageRemove,
  imageTag,
  networkPrune,
  rawGet,
  rawLines,
  systemDf,
  systemEvents,
  systemInfo,
  systemPing,
  systemVersion,
  volumeCreate,
  volumeInspect,
  volumeList,
  volumePrune,
  volumeRemove,
};
