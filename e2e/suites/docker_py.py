"""Work with containers through docker-py, as its users write it. Every function is one scenario."""
import io
import tarfile
import threading
import time

import docker
from docker.types import LogConfig, Ulimit

client = docker.from_env()
low = client.api


def version_and_lists():
    assert client.ping()
    assert client.version()['ApiVersion'] == '1.55'
    assert client.info()['Driver'] == 'overlay2'
    image = client.images.pull('busybox', tag='latest')
    assert 'busybox:latest' in image.tags, image.tags
    assert [each.name for each in client.networks.list(names=['bridge'])] == ['bridge']
    assert client.networks.get('bridge').attrs['IPAM']['Config'][0]['Subnet']
    assert set(client.df()) == {'ImageUsage', 'ContainerUsage', 'VolumeUsage', 'BuildCacheUsage'}
    old = docker.from_env(version='1.45')
    assert set(old.df()) == {'LayersSize', 'Images', 'Containers', 'Volumes', 'BuildCache'}


def run_and_remove():
    assert client.containers.run('busybox', ['echo', 'hello'], remove=True) == b'hello\n'
    try:
        client.containers.run('busybox', ['sh', '-c', 'echo oops >&2; exit 3'], remove=True)
        raise AssertionError('no error')
    except docker.errors.ContainerError as error:
        assert error.exit_status == 3 and error.stderr == b'oops\n', error
    try:
        client.containers.run('busybox', ['/no/such'])
        raise AssertionError('no error')
    except docker.errors.APIError as error:
        assert error.status_code in (400, 404) and 'no such file' in str(error)
    for dead in client.containers.list(all=True):
        dead.remove(force=True)
    try:
        client.containers.get('nothing')
        raise AssertionError('no error')
    except docker.errors.NotFound as error:
        assert 'No such container: nothing' in str(error)


def settings_take_effect():
    script = 'echo $A $(id -u) $(hostname) $(pwd) $(ulimit -n); cat /proc/sys/kernel/msgmax; ls -d /scratch; env | grep -c ^B='
    out = client.containers.run(
        'busybox',
        ['sh', '-c', script],
        environment={'A': 'x y', 'B': ''},
        user='1000',
        hostname='box',
        working_dir='/tmp',
        ulimits=[Ulimit(name='nofile', soft=99, hard=100)],
        sysctls={'kernel.msgmax': '4096'},
        tmpfs={'/scratch': 'size=1m'},
        mem_limit='64m',
        nano_cpus=500_000_000,
        pids_limit=50,
        cap_drop=['ALL'],
        read_only=True,
        labels={'suite': 'py'},
        log_config=LogConfig(type='json-file', config={'max-size': '1m'}),
        remove=True,
    )
    assert out == b'x y 1000 box /tmp 99\n4096\n/scratch\n1\n', out


def life():
    box = client.containers.run('busybox', ['sleep', '600'], detach=True, name='py-life', labels={'suite': 'py'})
    assert box.status == 'created'
    box.reload()
    assert box.status == 'running' and box.attrs['State']['Pid'] > 0
    assert [each.name for each in client.containers.list(filters={'label': 'suite=py'})] == ['py-life']
    box.pause()
    box.reload()
    assert box.status == 'paused'
    box.unpause()
    box.rename('py-other')
    box.update(mem_limit='96m', memswap_limit='96m')
    box.reload()
    assert box.name == 'py-other' and box.attrs['HostConfig']['Memory'] == 96 << 20
    assert any('sleep 600' in ' '.join(row) for row in box.top()['Processes'])
    box.restart(timeout=0)
    box.kill(signal='USR1')
    box.stop(timeout=0)
    assert box.wait()['StatusCode'] == 137
    box.start()
    assert box.stats(stream=False)['pids_stats']['current'] >= 1
    first = next(iter(box.stats(stream=True, decode=True)))
    assert first['memory_stats']['usage'] > 0
    assert box.diff() is None or isinstance(box.diff(), list)
    box.remove(force=True)


def logs_while_it_runs():
    script = 'for n in 1 2 3; do echo line $n; echo err $n >&2; sleep 0.2; done'
    box = client.containers.run('busybox', ['sh', '-c', script], detach=True)
    followed = b''.join(box.logs(stream=True, follow=True))
    assert followed.count(b'line') == 3 and followed.count(b'err') == 3, followed
    assert box.logs(stdout=True, stderr=False) == b'line 1\nline 2\nline 3\n'
    assert box.logs(tail=1, stdout=False) == b'err 3\n'
    assert box.logs(timestamps=True).splitlines()[0].startswith(b'20')
    box.remove()


def exec_and_its_streams():
    box = client.containers.run('busybox', ['sleep', '600'], detach=True)
    code, output = box.exec_run(['sh', '-c', 'echo out; echo err >&2; exit 4'], demux=True)
    assert (code, output) == (4, (b'out\n', b'err\n')), (code, output)
    assert box.exec_run('id -u', user='7').output == b'7\n'
    assert b''.join(box.exec_run(['seq', '3'], stream=True).output) == b'1\n2\n3\n'
    made = low.exec_create(box.id, ['cat'], stdin=True)
    socket = low.exec_start(made['Id'], socket=True)
    raw = socket._sock
    raw.sendall(b'through the pipe')
    raw.shutdown(1)
    received = b''
    while chunk := raw.recv(4096):
        received += chunk
    assert received[8:] == b'through the pipe', received
    assert low.exec_inspect(made['Id'])['ExitCode'] == 0
    box.remove(force=True)


def attach_with_input():
    box = client.containers.create('busybox', ['sh', '-c', 'read word; echo got $word'], stdin_open=True)
    socket = box.attach_socket(params={'stdin': 1, 'stdout': 1, 'stream': 1})
    box.start()
    socket._sock.sendall(b'secret\n')
    received = b''
    while chunk := socket._sock.recv(4096):
        received += chunk
    assert received[8:] == b'got secret\n', received
    assert box.wait()['StatusCode'] == 0
    box.remove()


def files_in_and_out():
    box = client.containers.create('busybox', ['cat', '/tmp/in'])
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode='w') as archive:
        info = tarfile.TarInfo('in')
        info.size = 7
        archive.addfile(info, io.BytesIO(b'content'))
    assert box.put_archive('/tmp', data.getvalue())
    box.start()
    box.wait()
    assert box.logs() == b'content'
    chunks, stat = box.get_archive('/tmp/in')
    assert stat['name'] == 'in' and stat['size'] == 7
    with tarfile.open(fileobj=io.BytesIO(b''.join(chunks))) as archive:
        assert archive.extractfile('in').read() == b'content'
    box.remove()


def events_as_they_happen():
    seen = []
    stream = client.events(decode=True, filters={'type': 'container', 'label': 'suite=events'})

    def watch():
        for event in stream:
            seen.append(event['Action'])

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    time.sleep(0.1)
    client.containers.run('busybox', 'true', labels={'suite': 'events'}, remove=True)
    for _ in range(100):
        if 'destroy' in seen:
            break
        time.sleep(0.05)
    stream.close()
    wanted = ['create', 'attach', 'start', 'die', 'destroy']
    assert [action for action in seen if action in wanted] == wanted or seen[0] == 'create', seen


def many_at_once():
    def one(number):
        out = client.containers.run('busybox', ['echo', str(number)], remove=True)
        assert out == f'{number}\n'.encode()
        done.append(number)

    done = []
    threads = [threading.Thread(target=one, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == list(range(12)), done
    assert client.containers.prune()['SpaceReclaimed'] == 0


SCENARIOS = [
    version_and_lists,
    run_and_remove,
    settings_take_effect,
    life,
    logs_while_it_runs,
    exec_and_its_streams,
    attach_with_input,
    files_in_and_out,
    events_as_they_happen,
    many_at_once,
]

if __name__ == '__main__':
    import sys
    import traceback

    failed = 0
    for scenario in SCENARIOS:
        try:
            scenario()
            print(f'ok {scenario.__name__}', flush=True)
        except Exception:
            failed += 1
            print(f'failed {scenario.__name__}', flush=True)
            traceback.print_exc()
            for box in client.containers.list(all=True):
                box.remove(force=True)
    sys.exit(1 if failed else 0)
