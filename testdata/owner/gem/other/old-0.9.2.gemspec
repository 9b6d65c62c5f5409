# -*- encoding: utf-8 -*-

Gem::Specification.new do |s|
  s.name = %q{old}
  s.version = "0.9.2"

  s.authors = ["Nobody"]
  s.executables = ["old", "../../../../etc/passwd"]
  s.description = %q{Its name is not s.name = "this"}

  if s.respond_to? :specification_version then
    current_version = Gem::Specification::CURRENT_SPECIFICATION_VERSION

    if Gem::Version.new(Gem::VERSION) >= Gem::Version.new('1.2.0') then
      s.add_runtime_dependency(%q<json>, [">= 1.0"])
      s.add_development_dependency(%q<rake>, [">= 0"])
    else
      s.add_dependency(%q<json>, [">= 1.0"])
      s.add_dependency(%q<rake>, [">= 0"])
    end
  end
end
