module RbConfig
  CONFIG = {}
  CONFIG["MAJOR"] = "3"
  CONFIG["MINOR"] = "4"
  CONFIG["TEENY"] = "7"
  CONFIG["PATCHLEVEL"] = "58"
end
