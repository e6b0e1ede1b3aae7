--- Gives rooms of Lua tests the image of the differential suite, unless they ask for one.
local room_spec = require("builtin.engine.script.room_spec")

require("engine.override")(room_spec, "read", function(base, suite, given, what)
  local spec = base(suite, given, what)
  spec.image = spec.image or require("engine.image.reference").parse(
    os.getenv("CLNRM_DIFFERENTIAL_IMAGE"))
  return spec
end)

return room_spec
