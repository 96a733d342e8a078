package millrace.examples;

import millrace.proactor.BackendChoice;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code auto}, {@code io_uring} and {@code epoll}. */
final class BackendConverter implements ITypeConverter<BackendChoice> {

  @Override
  public BackendChoice convert(String value) {
    try {
      return BackendChoice.of(value);
    } catch (IllegalArgumentException unknown) {
      throw new TypeConversionException("'" + value + "' is not auto, io_uring or epoll");
    }
  }
}
