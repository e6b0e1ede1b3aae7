#!/usr/bin/env python3
"""Images for tests, made of this machine's Debian packages: no registry is asked.

usage: images.py list
       images.py archive NAME [--config JSON] [--arch ARCH]        prints the path of a docker-save archive
       images.py load NAME [--config JSON] [--arch ARCH] [--host ENDPOINT]    prints the reference in that engine, and its key
       images.py remove [--host ENDPOINT]                          removes all test images from that engine

The archives are kept in build/images (CLNRM_TEST_IMAGES says another place) and made again when a package
or a recipe changed; load does nothing when the engine has that image.  Names begin with localhost/, so that
no engine ever asks a registry on the net for one.  --config changes the image's config, key by key, as a
JSON object (null takes a key away); --arch gives the architecture that the config states: the files are
this machine's.
"""
import argparse
import fcntl
import hashlib
import http.client
import json
import os
import platform
import sys
import urllib.parse

import kinds
import pack
import recipes

HERE = os.path.dirname(os.path.abspath(__file__))
LOAD_S = 120
LABEL = "clnrm.tests"
PREFIX = "localhost/clnrm-test/"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def place():
    return os.environ.get("CLNRM_TEST_IMAGES") or os.path.join(HERE, "..", "..", "build", "images")


def key(name, changes, architecture):
    """Of all that an image is made from: these programs, the recipe, and the packages of this machine."""
    digest = hashlib.sha256()
    for source in ("pack.py", "recipes.py", *recipes.SOURCES):
        with open(os.path.join(HERE, source), "rb") as f:
            digest.update(f.read())
    status = os.stat("/var/lib/dpkg/status")
    digest.update(repr((name, changes, architecture, status.st_mtime_ns, status.st_size)).encode())
    return digest.hexdigest()[:16]


class Image:
    def __init__(self, options):
        name = options.name
        self.recipe = recipes.IMAGES[name]
        self.architecture = options.arch or ARCHITECTURES.get(platform.machine(), platform.machine())
        changes = json.loads(options.config) if options.config else {}
        changed = bool(changes or options.arch)
        self.key = key(name, json.dumps(changes, sort_keys=True), self.architecture)
        tag = self.recipe["tag"]
        if changed:  # another image of that name, for the one test that asked
            text = json.dumps([changes, self.architecture], sort_keys=True)
            tag += "-" + hashlib.sha256(text.encode()).hexdigest()[:8]
        self.reference = f"{PREFIX}{name}:{tag}"
        self.stem = f"{name}-{tag}"
        config = {**self.recipe["config"], **changes}
        self.config = {k: v for k, v in config.items() if v is not None}
        self.config["Labels"] = {**self.config.get("Labels", {}), LABEL: self.key}

    def archive(self):
        folder = os.path.abspath(place())
        os.makedirs(folder, exist_ok=True)
        path = f"{folder}/{self.stem}-{self.key}.tar"
        if os.path.exists(path):
            return path
        with open(f"{folder}/{self.stem}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not os.path.exists(path):
                pack.archive(path, self.reference, self.recipe, self.config, self.architecture)
                for old in os.listdir(folder):  # of other packages or recipes
                    if old.startswith(self.stem + "-") and old.endswith(".tar") \
                            and len(old) == len(os.path.basename(path)) and folder + "/" + old != path:
                        os.unlink(f"{folder}/{old}")
        return path


def ask(endpoint, method, path, body=None, headers=None):
    connection = kinds.connect(endpoint, LOAD_S)
    try:
        connection.request(method, path, body=body, headers=headers or {})
        answer = connection.getresponse()
        data = answer.read()
    finally:
        connection.close()
    return answer.status, data


def inspect(endpoint, reference):
    """-> id and label of the image of that name, or nothing"""
    status, data = ask(endpoint, "GET", f"/images/{urllib.parse.quote(reference)}/json")
    if status != 200:
        return None, None
    image = json.loads(data)
    return image["Id"], ((image.get("Config") or {}).get("Labels") or {}).get(LABEL)


def load(endpoint, image):
    old, label = inspect(endpoint, image.reference)
    if label == image.key:
        return
    path = image.archive()
    with open(f"{os.path.dirname(path)}/{image.stem}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        old, label = inspect(endpoint, image.reference)
        if label == image.key:
            return
        with open(path, "rb") as f:
            status, data = ask(endpoint, "POST", "/images/load?quiet=1", f, {
                "Content-Type": "application/x-tar", "Content-Length": str(os.path.getsize(path))})
        if status != 200 or b'"error"' in data:
            raise OSError(f"{endpoint} did not load {path}: {status} {data[-500:].decode(errors='replace')}")
        new, label = inspect(endpoint, image.reference)
        if label != image.key:
            raise OSError(f"{endpoint} loaded {path}, and has no {image.reference}")
        if old and old != new:  # an older one lost its name; 409 says that a container uses it
            ask(endpoint, "DELETE", f"/images/{old}")


def remove(endpoint):
    wanted = urllib.parse.quote(json.dumps({"label": [LABEL]}))
    status, data = ask(endpoint, "GET", "/images/json?filters=" + wanted)
    if status != 200:
        raise OSError(f"{endpoint}: {status}")
    for image in json.loads(data):
        for name in image.get("RepoTags") or [image["Id"]]:
            status, data = ask(endpoint, "DELETE", "/images/" + urllib.parse.quote(name))
            if status not in (200, 404):
                print(f"images: {name} stays: {data.decode(errors='replace').strip()}", file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(prog="images.py", usage=__doc__.split("usage: ", 1)[1])
    parser.add_argument("verb", choices=["list", "archive", "load", "remove"])
    parser.add_argument("name", nargs="?")
    parser.add_argument("--config")
    parser.add_argument("--arch")
    parser.add_argument("--host", default=os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock")
    options = parser.parse_args()
    if options.verb == "list":
        print("\n".join(f"{PREFIX}{name}:{recipe['tag']}" for name, recipe in recipes.IMAGES.items()))
        return
    if options.verb == "remove":
        remove(options.host)
        return
    if options.name not in recipes.IMAGES:
        sys.exit(f"images: no recipe '{options.name}'; there are {', '.join(recipes.IMAGES)}")
    image = Image(options)
    if options.verb == "archive":
        print(image.archive())
        return
    load(options.host, image)
    print(image.reference, image.key)


if __name__ == "__main__":
    try:
        main()
    except (OSError, http.client.HTTPException) as e:
        sys.exit(f"images: {e}")
