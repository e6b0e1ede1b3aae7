--- Lint rule L031: an image that is another one tomorrow.
local reference = require("engine.image.reference")

local function judge(cx, node)
  local text = node.image
  local image = type(text) == "string" and reference.parse(text)
  local is_meant = image and image.kind == "stored" and not text:find("@", 1, true)
  if not is_meant or text:find("^localhost[/:]") then
    return
  end
  local tag = text:match(":([^:/]+)$")
  if tag and tag ~= "latest" then
    return
  end
  cx:report({
    node = node,
    key = "image",
    message = tag and "the tag `latest` makes the run unrepeatable"
      or "an image without a tag is `latest`, which makes the run unrepeatable",
    help = "name a version, or a digest: NAME@sha256:…",
  })
end

return {
  code = "L031",
  name = "unpinned-image",
  severity = "warning",
  needs = { words = { "image" }, facts = { "room.image", "service.image" } },
  docs = {
    summary = "The image is another one tomorrow",
    why = [[
Without a tag, and with the tag `latest`, a name means whatever was pushed last. The same test then
runs on different programs, and a failure cannot be looked into later. A tag says more, a digest
(`redis:7@sha256:…`) all; `clnrm.lock` keeps the digests of a project. Images of localhost are your
own.]],
    bad = [==[
[services.cache]
image = "redis:latest"
[[steps]]
name = "ask"
command = ["ls"]
]==],
    good = [==[
[services.cache]
image = "redis:7.2"
[[steps]]
name = "ask"
command = ["ls"]
]==],
  },
  tests = {
    ok = {
      '[services.a]\nimage = "host"\ncommand = ["ls"]\n',
      '[services.a]\nimage = "localhost:5000/app"\n',
      '[services.a]\nimage = "redis@sha256:' .. ("0"):rep(64) .. '"\n',
    },
    bad = { { code = '[room]\nimage = "registry.test:5000/app"\n', at = { 3, 9 } } },
  },
  visit = {
    room = judge,
    service = judge,
  },
}
