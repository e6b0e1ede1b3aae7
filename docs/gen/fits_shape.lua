--- The shape of test files that are right beyond doubt, which the schema gives: engine.model.fits.
local shape = require("engine.model.shape")

return {
  file = "lua/engine/model/fits_shape.lua",
  make = function()
    return "--- What engine.model.shape makes of the schema; written by `make docs`.\n"
      .. "-- luacheck: no max line length\nreturn [[\n" .. shape.text() .. "]]\n"
  end,
}
