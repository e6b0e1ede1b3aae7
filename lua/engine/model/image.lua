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

--- Reads the image of a service.
---@param cx engine.model.Context
---@param service engine.model.Service
---@param checked engine.model.Checked
---@return engine.image.Image|"host"
function M.of_service(cx, service, checked)
  local image = M.of(cx, checked)
  if image and service.plugin then
    cx:at_key("P121", checked.raw, checked.spelt.image,
      ("the module %s starts programs of this machine, and `image` has none of them"):format(
        cx:quote(service.plugin)), nil, "leave `image` out, or `plugin`, and write the command")
  end
  if checked.value.image == "host" and cx.room_image then
    cx:at_value("P124", checked.raw, checked.spelt.image,
      "`image` = \"host\", and the room has the root of an image", nil,
      "leave it out: the service then has the room's root")
  end
  return image or "host"
end

return M
