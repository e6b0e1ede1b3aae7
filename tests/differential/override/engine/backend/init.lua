--- Gives every file of a run the image of the differential suite, unless it has one.
local backends = require("builtin.engine.backend")

require("engine.override")(backends, "named", function(base, name, suites)
  for _, suite in ipairs(suites or {}) do
    suite.room.image = suite.room.image or require("engine.image.reference").parse(
      os.getenv("CLNRM_DIFFERENTIAL_IMAGE"))
    suite.has_images = true
  end
  return base(name, suites)
end)

return backends
