--- `image` of a room or a service: from the text to what it names in the project.
local host_path = require("engine.model.host_path")
local place = require("engine.model.place")
local reference = require("engine.image.reference")

---@class engine.model.image
local M = {}

local WANTS = {
  rootfs = { type = "directory", why = "is a file: %s",
    help = "a file is an archive: image = \"archive:%s\"" },
  archive = { type = "file", why = "is a folder: %s",
    help = "a folder is a root itself: image = \"rootfs:%s\"" },
}

--- Reads `image`; tells what is wrong with it.
---@param cx engine.model.Context
---@param checked engine.model.Checked
---@return engine.image.Image? image nil: the host's programs
function M.of(cx, checked)
  local text, raw, k = checked.value.image, checked.raw, checked.spelt.image
  if not text then
    return nil
  end
  local image, why = reference.parse(text)
  if why then
    cx:at_value("P103", raw, k, "`image` " .. why, nil,
      'it is "host", "rootfs:DIR", "archive:FILE.tar", or the name of a stored image')
  elseif image and image.path then
    local real, stat = host_path.find(image.path, cx.dir, cx.project_dir)
    local wants = WANTS[image.kind]
    if not real then
      cx:at_value(stat.code, raw, k, "`image` " .. stat.message, nil, stat.help)
    elseif stat.type ~= wants.type then
      cx:at_value("P126", raw, k, "`image` " .. wants.why:format(real), nil,
        wants.help:format(image.path))
    end
    image.path = real
  end
  if image and not cx.is_plain then
    image.pos = place.of_value(cx, raw, k)
  end
  return image
end

--- Reads `build`; tells what is wrong with it.
---@param cx engine.model.Context
---@param checked engine.model.Checked of the service
---@return engine.image.Image?
--- Tells that a Dockerfile is none, or is not in its context: that is all a build sees.
---@param why engine.model.host_path.Problem|core.fs.Stat
local function no_dockerfile(cx, item, context, dockerfile, why)
  local text = why.type and "the %s of the context is no file"
    or why.code == "P122" and "the %s leads out of the context"
    or "the context has no %s"
  cx:at_value(why.type and "P126" or why.code, item.raw,
    item.value.dockerfile and "dockerfile" or "context", text:format(cx:quote(dockerfile)), nil,
    ("the context is %s; what is built lies in it, the Dockerfile too"):format(context))
end

local function build_of(cx, checked)
  local item = checked.value.build
  local value = item and item.value or {}
  if not value.context then
    return nil
  end
  local context, stat = host_path.find(value.context, cx.dir, cx.project_dir)
  local dockerfile = value.dockerfile or "Dockerfile"
  if not context then
    cx:at_value(stat.code, item.raw, "context", "`context` " .. stat.message, nil, stat.help)
    return nil
  elseif stat.type ~= "directory" then
    cx:at_value("P126", item.raw, "context", "`context` is a file: " .. context, nil,
      "it is the folder that the Dockerfile is in")
    return nil
  end
  local file, why = host_path.find(dockerfile, context, context)
  if not file or why.type ~= "file" then
    no_dockerfile(cx, item, context, dockerfile, why)
    return nil
  end
  local args = {}
  for _, pair in ipairs(value.args or {}) do
    args[pair[1]] = pair[2]
  end
  return {
    kind = "build",
    text = ("the build of %s"):format(value.context),
    build = {
      context = context, dockerfile = host_path.normal(dockerfile):sub(2), args = args,
      target = value.target,
    },
  }
end

--- Tells keys that say nothing of this image.
local function check_wishes(cx, image, checked)
  local of_engine = image and (image.kind == "stored" or image.kind == "build")
  local is_wrong = checked.spelt.build or checked.spelt.image and checked.value.image ~= "host"
  if not image and is_wrong then
    return -- which is told
  end
  for _, key in ipairs({ "platform", "pull_policy" }) do
    local k = checked.spelt[key]
    if k and checked.value[key] and not of_engine then
      cx:at_key("P121", checked.raw, k, ("`%s` says nothing of %s"):format(k,
        image and image.text or "the programs of this machine"), nil,
        "it is for images of an engine: image = \"NAME\"")
    end
  end
end

--- The image of a module, for an engine where the file names none.
local function default_of(cx, checked, module)
  local image = module and module.image and reference.parse(module.image)
  if image and not cx.is_plain then
    image.pos = place.of_value(cx, checked.raw, checked.spelt.plugin)
  end
  return image
end

--- Reads the image of a service.
---@param cx engine.model.Context
---@param service engine.model.Service
---@param checked engine.model.Checked
---@return engine.image.Image|"host"
function M.of_service(cx, service, checked)
  local module = cx.modules and cx.modules[service.plugin] or nil
  local image
  if checked.spelt.image and checked.spelt.build then
    cx:at_key("P121", checked.raw, "build", "`image` and `build` both say what the image is", nil,
      "leave one out")
  elseif checked.spelt.build then
    image = build_of(cx, checked)
    if image and not cx.is_plain then
      image.pos = place.of_key(cx, checked.raw, "build")
    end
  elseif checked.spelt.image then
    image = M.of(cx, checked)
  elseif cx.in_engine then
    image = default_of(cx, checked, module)
  end
  if image then
    image.platform, image.policy = checked.value.platform, checked.value.pull_policy
  end
  check_wishes(cx, image, checked)
  local k = checked.spelt.image or checked.spelt.build
  if image and module and module.is_known and not module.in_image then
    cx:at_key("P121", checked.raw, k,
      ("the module %s starts programs of this machine, and `image` has none of them"):format(
        cx:quote(service.plugin)), nil, "leave `image` out, or `plugin`, and write the command")
  elseif image and service.plugin and image.kind == "rootfs" then
    cx:at_key("P121", checked.raw, k,
      ("the module %s needs what an image starts by itself, and a folder says nothing of that")
        :format(cx:quote(service.plugin)), nil, "leave `plugin` out, and write the command")
  end
  if checked.value.image == "host" and cx.room_image then
    cx:at_value("P124", checked.raw, checked.spelt.image,
      "`image` = \"host\", and the room has the root of an image", nil,
      "leave it out: the service then has the room's root")
  end
  return image or "host"
end

return M
