"""OpenStack Swift with its S3 API, all of it in one process: the S3 server of the tests.

Takes a folder, which it fills anew, and prints the address at which it listens. Ends when its standard input does.
"""

import os
import shutil
import sys
import warnings

FOLDER = os.path.abspath(sys.argv[1])
ETC, DEVICES = os.path.join(FOLDER, "etc"), os.path.join(FOLDER, "devices")
SERVERS = ("object", "container", "account")

shutil.rmtree(FOLDER, ignore_errors=True)
os.makedirs(ETC)
os.makedirs(os.path.join(DEVICES, "d1"))
with open(os.path.join(ETC, "swift.conf"), "w") as conf:
    conf.write("[swift-hash]\nswift_hash_path_suffix = antiphon\n[storage-policy:0]\nname = only\ndefault = yes\n")

warnings.filterwarnings("ignore", category=DeprecationWarning)

import eventlet  # noqa: E402
import eventlet.patcher  # noqa: E402
import eventlet.wsgi  # noqa: E402

eventlet.hubs.use_hub("poll")
eventlet.patcher.monkey_patch(all=False, socket=True, select=True, thread=True)

from swift.common import utils  # noqa: E402

utils.SWIFT_CONF_FILE = os.path.join(ETC, "swift.conf")
utils.config.SWIFT_CONF_FILE = utils.SWIFT_CONF_FILE

from swift.common.ring import RingBuilder  # noqa: E402
from swift.common.wsgi import loadapp  # noqa: E402


def conf(name, text):
    path = os.path.join(ETC, name + ".conf")
    with open(path, "w") as file:
        file.write(text)
    return path


def common(section, rest):
    return (
        f"[DEFAULT]\nswift_dir = {ETC}\ndevices = {DEVICES}\nmount_check = false\nlog_level = ERROR\nlog_address = /dev/null\n"
        + f"{section}\n{rest}\n"
    )


def serve(path, listener):
    app = loadapp(path)
    eventlet.spawn(eventlet.wsgi.server, listener, app, log_output=False, keepalive=True)


listeners = {}
for name in SERVERS:
    listeners[name] = eventlet.listen(("127.0.0.1", 0))
    builder = RingBuilder(4, 1, 1)
    builder.add_dev({
        "id": 0, "region": 1, "zone": 1, "weight": 1, "device": "d1", "meta": "",
        "ip": "127.0.0.1", "port": listeners[name].getsockname()[1],
        "replication_ip": "127.0.0.1", "replication_port": listeners[name].getsockname()[1],
    })
    builder.rebalance()
    builder.get_ring().save(os.path.join(ETC, name + ".ring.gz"))

for name in SERVERS:
    path = conf(name, common("[pipeline:main]", f"pipeline = {name}-server\n[app:{name}-server]\nuse = egg:swift#{name}\nfallocate_reserve = 0"))
    serve(path, listeners[name])

# Each filter as Swift names it, with its settings. Tokens of the native API would need a memcached; signatures do not.
filters = {
    "catch_errors": ("catch_errors", ""),
    "cache": ("memcache", "memcache_servers = 127.0.0.1:1"),
    "s3api": ("s3api", ""),
    "tempauth": ("tempauth", "user_test_tester = testing .admin"),
    "slo": ("slo", ""),
    "dlo": ("dlo", ""),
}
text = f"pipeline = {' '.join(filters)} proxy-server\n[app:proxy-server]\nuse = egg:swift#proxy\naccount_autocreate = true\n"
for name, (kind, settings) in filters.items():
    text += f"[filter:{name}]\nuse = egg:swift#{kind}\n{settings}\n"
front = eventlet.listen(("127.0.0.1", 0))
serve(conf("proxy", common("[pipeline:main]", text)), front)
print("127.0.0.1:%d" % front.getsockname()[1], flush=True)

# Whoever started this has gone, or has no more use for it.
threads = eventlet.patcher.original("threading")
threads.Thread(target=lambda: (sys.stdin.buffer.read(), os._exit(0)), daemon=True).start()
while True:
    eventlet.sleep(3600)
