# A small choir in Ruby that goes wrong in the way its first argument names.
def voice(name)
  voices = { alto: 3 }
  voices.fetch(name)
end

case ARGV[0]
when 'exception' then voice(:bass)
when 'nil' then nil.sing
when 'module' then require 'choir_lights'
when 'env' then ENV.fetch('CHOIR_HALL')
when 'deep' then
  def echo(times) = echo(times + 1) + 1
  echo(0)
when 'abort' then abort('choir: nobody came')
end
