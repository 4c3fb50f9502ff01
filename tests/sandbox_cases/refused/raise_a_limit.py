# wall: - | a higher limit on memory
import resource

soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
resource.setrlimit(resource.RLIMIT_DATA, (hard + 1, hard + 1))
print("REACHED")
