#!/usr/bin/env python3
"""Writes images as docker save and OCI layouts do, from folders; for tests.

usage: image_pack.py docker|oci OUT NAME CONFIG.json LAYER_DIR ... [--gzip] [--arch=ARCH]
"""
import gzip, hashlib, io, json, subprocess, sys, tarfile

options = [a for a in sys.argv[1:] if a.startswith("--")]
kind, out, name, config, *layers = [a for a in sys.argv[1:] if not a.startswith("--")]
arch = next((a[7:] for a in options if a.startswith("--arch=")), "amd64")


def sha(data):
    return hashlib.sha256(data).hexdigest()


tars = [subprocess.run(["tar", "-C", d, "-cf", "-", "."], stdout=subprocess.PIPE, check=True).stdout
        for d in layers]
settings = json.dumps({
    "architecture": arch, "os": "linux", "config": json.loads(config),
    "rootfs": {"type": "layers", "diff_ids": ["sha256:" + sha(t) for t in tars]},
}).encode()
blobs = [gzip.compress(t, 1) if "--gzip" in options else t for t in tars]

with tarfile.open(out, "w") as archive:
    def add(path, data):
        info = tarfile.TarInfo(path)
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))

    if kind == "docker":
        for i, blob in enumerate(blobs):
            add("%d/layer.tar" % i, blob)
        add(sha(settings) + ".json", settings)
        add("manifest.json", json.dumps([{
            "Config": sha(settings) + ".json", "RepoTags": [name],
            "Layers": ["%d/layer.tar" % i for i in range(len(blobs))],
        }]).encode())
    else:
        kinds = "application/vnd.oci.image."
        manifest = json.dumps({
            "schemaVersion": 2,
            "config": {"mediaType": kinds + "config.v1+json", "size": len(settings),
                       "digest": "sha256:" + sha(settings)},
            "layers": [{"mediaType": kinds + "layer.v1.tar", "size": len(b),
                        "digest": "sha256:" + sha(b)} for b in blobs],
        }).encode()
        for blob in blobs + [settings, manifest]:
            add("blobs/sha256/" + sha(blob), blob)
        add("oci-layout", b'{"imageLayoutVersion": "1.0.0"}')
        add("index.json", json.dumps({"schemaVersion": 2, "manifests": [{
            "mediaType": kinds + "manifest.v1+json", "size": len(manifest),
            "digest": "sha256:" + sha(manifest),
            "platform": {"os": "linux", "architecture": arch},
            "annotations": {"org.opencontainers.image.ref.name": name},
        }]}).encode())
