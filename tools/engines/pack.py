"""Packs a recipe as `docker save` does: the same bytes from the same packages, times and owners fixed.

The files are those of Debian's packages without documents, and the libraries that their programs link.
"""
import hashlib
import io
import json
import os
import re
import subprocess
import tarfile

import kinds

HERE = os.path.dirname(os.path.abspath(__file__))
MADE = 1700000000  # of every file, and of the image
DOCUMENTS = re.compile(
    r"^/usr/share/(doc|man|info|locale|lintian|bug|bash-completion|apport|vim|metainfo)(/|$)|^/usr/include/"
    r"|^/etc/(init\.d|cron|logrotate\.d|apparmor\.d|pam\.d|logcheck)|/systemd/|/tmpfiles\.d/|\.a$")
MERGED = re.compile(r"^/(bin|sbin|lib|lib64|lib32|libx32)(?=/|$)")
FOLDERS = {"/tmp": (0o1777, 0), "/var/tmp": (0o1777, 0), "/root": (0o700, 0), "/run": (0o755, 0),
           "/etc": (0o755, 0), "/usr/bin": (0o755, 0), "/usr/sbin": (0o755, 0), "/usr/lib": (0o755, 0),
           "/usr/lib64": (0o755, 0), "/usr/local/bin": (0o755, 0), "/proc": (0o555, 0), "/sys": (0o555, 0),
           "/dev": (0o755, 0)}


def merged(path):
    """/bin is a link to /usr/bin, as on Debian."""
    path = MERGED.sub(r"/usr/\1", path)
    return re.sub(r"^/var/run(?=/|$)", "/run", path)


def is_elf(path):
    with open(path, "rb") as f:
        return f.read(4) == b"\x7fELF"


def libraries(programs):
    """{path in the image: file here} of what `programs` link; the loader is among them."""
    if not programs:
        return {}
    said = subprocess.run(["ldd", *sorted(programs)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          env={"PATH": os.environ["PATH"], "LC_ALL": "C"}).stdout.decode()
    missing = re.findall(r"^\s*(\S+) => not found", said, re.M)
    if missing:
        raise FileNotFoundError("not found, though linked: " + ", ".join(sorted(set(missing))))
    found = re.findall(r"(?:=> |^\s+)(/\S+) \(0x", said, re.M)
    return {merged(path): os.path.realpath(path) for path in found}


def compiled(source):
    """-> a static program of a file in C"""
    folder = os.path.abspath(os.environ.get("CLNRM_TEST_IMAGES") or os.path.join(HERE, "..", "..", "build", "images"))
    os.makedirs(folder, exist_ok=True)
    path = f"{folder}/{os.path.basename(source)[:-2]}"
    subprocess.run([kinds.need("musl-gcc"), "-Os", "-static", "-s", "-o", path + ".new", os.path.join(HERE, source)],
                   check=True)
    os.rename(path + ".new", path)
    return path


def collect(recipe):
    """-> {path: file here}, {path: target of a link}"""
    files, links = {}, {}
    skip = re.compile(recipe.get("skip") or "(?!)")
    listed = ""
    if recipe.get("packages"):
        listed = subprocess.run(["dpkg", "-L", *recipe["packages"]], check=True,
                                stdout=subprocess.PIPE).stdout.decode()
    listed = listed.split("\n")
    known = set(listed)
    for path in listed:
        if not path.startswith("/") or DOCUMENTS.search(path) or skip.search(path):
            continue
        if MERGED.fullmatch(path) or path == "/var/run":  # links of Debian's own, made below
            continue
        if os.path.islink(path):
            target = os.path.normpath(os.path.join(os.path.dirname(path), os.readlink(path)))
            if os.path.isdir(path) or target in known:  # scripts look where they really are
                links[merged(path)] = os.readlink(path)
            elif os.path.exists(path):  # alternatives and the like: what they lead to, by their own name
                files[merged(path)] = os.path.realpath(path)
        elif os.path.isfile(path):
            files[merged(path)] = path
    for tree in recipe.get("trees", []):
        for folder, _, names in os.walk(tree):
            files.update({merged(f"{folder}/{name}"): f"{folder}/{name}" for name in names})
    programs = recipe.get("programs", {})
    for path, source in (programs.items() if isinstance(programs, dict) else zip(programs, programs)):
        found = compiled(source) if source.endswith(".c") else kinds.need(source)
        files[path if recipe.get("bare") else merged(path)] = found
    if recipe.get("busybox"):
        files["/usr/bin/busybox"] = kinds.need("/bin/busybox")
    return files, links


def layer(recipe):
    """-> the bytes of a tar"""
    files, links = collect(recipe)
    files = {**libraries({f for f in files.values() if is_elf(f)}), **files}
    texts = {merged(path): value for path, value in recipe.get("files", {}).items()}
    folders = {}
    if not recipe.get("bare"):
        folders = {**FOLDERS}
        users = {"root": 0, **recipe.get("users", {})}
        texts["/etc/passwd"] = ("".join(f"{n}:x:{i}:{i}:{n}:{'/root' if i == 0 else '/home/' + n}:/bin/sh\n"
                                        for n, i in users.items()), 0o644)
        texts["/etc/group"] = ("".join(f"{n}:x:{i}:\n" for n, i in users.items()), 0o644)
        texts["/etc/nsswitch.conf"] = ("passwd: files\ngroup: files\nhosts: files dns\n", 0o644)
        links.update({"/" + name: "usr/" + name for name in ("bin", "sbin", "lib", "lib64")})
        links["/var/run"] = "/run"
    folders.update({merged(path): value for path, value in recipe.get("folders", {}).items()})
    if recipe.get("busybox"):
        taken = {os.path.basename(p) for p in [*files, *links, *texts] if p.startswith(("/usr/bin/", "/usr/sbin/"))}
        applets = subprocess.run(["/bin/busybox", "--list"], check=True, stdout=subprocess.PIPE)
        for applet in applets.stdout.decode().split():
            if applet not in taken:
                links["/usr/bin/" + applet] = "busybox"
    for path in [*files, *links, *texts, *folders]:
        while (path := os.path.dirname(path)) != "/":
            if path not in links:
                folders.setdefault(path, (0o755, 0))

    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for path in sorted({*files, *links, *texts, *folders}):
            info = tarfile.TarInfo(path[1:])
            info.mtime = MADE
            if path in texts:
                data, info.mode = texts[path][0].encode(), texts[path][1]
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
            elif path in links:
                info.type, info.linkname, info.mode = tarfile.SYMTYPE, links[path], 0o777
                tar.addfile(info)
            elif path in files:
                status = os.stat(files[path])
                info.size, info.mode = status.st_size, 0o755 if status.st_mode & 0o111 else 0o644
                with open(files[path], "rb") as f:
                    tar.addfile(info, f)
            else:
                info.type = tarfile.DIRTYPE
                info.mode, info.uid = folders[path]
                info.gid = info.uid
                tar.addfile(info)
    return out.getbuffer()


def archive(path, reference, recipe, config, architecture):
    """Writes a docker-save archive that dockerd, podman and clnrm's sandbox read."""
    data = layer(recipe)
    digest = hashlib.sha256(data).hexdigest()
    image = {"architecture": architecture, "os": "linux", "created": "2023-11-14T22:13:20Z",
             "config": config, "rootfs": {"type": "layers", "diff_ids": ["sha256:" + digest]},
             "history": [{"created": "2023-11-14T22:13:20Z", "created_by": "clnrm tests"}]}
    if architecture == "arm64":
        image["variant"] = "v8"
    settings = json.dumps(image, sort_keys=True).encode()
    name = hashlib.sha256(settings).hexdigest()
    manifest = [{"Config": name + ".json", "RepoTags": [reference], "Layers": [digest + "/layer.tar"]}]
    with open(path + ".new", "wb") as f, tarfile.open(fileobj=f, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for member, blob in ((name + ".json", settings), (digest + "/layer.tar", data),
                             ("manifest.json", json.dumps(manifest).encode())):
            info = tarfile.TarInfo(member)
            info.size, info.mtime = len(blob), MADE
            tar.addfile(info, io.BytesIO(blob))
    os.rename(path + ".new", path)
    return "sha256:" + name
